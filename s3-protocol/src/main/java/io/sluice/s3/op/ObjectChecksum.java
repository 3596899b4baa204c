package io.sluice.s3.op;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import io.sluice.s3.xml.XmlWriter;
import java.util.Map;

/**
 * The checksum of an object, as an answer gives it.
 *
 * @param text Base64, with {@code -N} behind it for a composite one of N parts
 */
public record ObjectChecksum(ChecksumAlgorithm algorithm, String text, ChecksumType type) {
  void addHeaders(Map<String, String> headers) {
    headers.put(algorithm.headerName(), text);
    headers.put("x-amz-checksum-type", type.name());
  }

  void addElements(XmlWriter xml) {
    xml.element(algorithm.xmlName(), text).element("ChecksumType", type.name());
  }
}
