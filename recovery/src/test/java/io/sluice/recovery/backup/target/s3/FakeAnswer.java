package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.xml.XmlWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What {@link FakeS3} is about to answer, or to pretend to. */
final class FakeAnswer {
  final int status;
  final Map<String, String> headers = new HashMap<>();
  final byte[] body;

  /** After how many bytes of the body the connection ends; -1: not at all. */
  int cutAt = -1;

  /** What happens before that. */
  Runnable beforeCut = () -> {};

  /** Whether the connection ends without a word. */
  boolean lost;

  FakeAnswer(int status, byte[] body) {
    this.status = status;
    this.body = body;
  }

  static FakeAnswer empty(int status) {
    return new FakeAnswer(status, new byte[0]);
  }

  static FakeAnswer xml(XmlWriter xml, String root) {
    return new FakeAnswer(200, bytes(xml.finish(root)));
  }

  static FakeAnswer error(int status, String code, String message) {
    XmlWriter xml = new XmlWriter(256).open("Error");
    xml.element("Code", code).element("Message", message).element("Region", "eu-central-1");
    return new FakeAnswer(status, bytes(xml.finish("Error")));
  }

  private static byte[] bytes(ByteBuffer document) {
    byte[] bytes = new byte[document.remaining()];
    document.get(bytes);
    return bytes;
  }

  FakeAnswer header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** The same with its body cut short, and a length that says so. */
  FakeAnswer truncated(int length) {
    FakeAnswer shorter = new FakeAnswer(status, Arrays.copyOf(body, length));
    shorter.headers.putAll(headers);
    return shorter;
  }

  FakeAnswer cutAt(int bytes) {
    cutAt = bytes;
    return this;
  }

  FakeAnswer stallAt(int bytes, Runnable stall) {
    beforeCut = stall;
    return cutAt(bytes);
  }

  FakeAnswer lose() {
    lost = true;
    return this;
  }
}
