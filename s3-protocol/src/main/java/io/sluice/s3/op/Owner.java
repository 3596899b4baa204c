package io.sluice.s3.op;

import io.sluice.s3.xml.XmlWriter;

/** An account as S3 shows it: its canonical id and display name. */
public record Owner(String id, String displayName) {
  void write(XmlWriter xml, String element) {
    xml.open(element).element("ID", id).element("DisplayName", displayName).close(element);
  }
}
