package io.sluice.s3.chunked;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Gathers a line that ends with CRLF from pieces, up to a limit. */
final class LineBuffer {
  private final int bytesMax;
  private byte[] bytes = new byte[128];
  private int length;

  LineBuffer(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes bytes up to the end of the line; true if that was reached. */
  boolean take(ByteBuffer input) {
    while (input.hasRemaining()) {
      byte b = input.get();
      if (b == '\n' && length > 0 && bytes[length - 1] == '\r') {
        length--;
        return true;
      }
      if (length == bytesMax) {
        throw AwsChunkedDecoder.broken();
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(bytesMax, 2 * length));
      }
      bytes[length++] = b;
    }
    return false;
  }

  /** The line without its end, one char a byte. */
  String text() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  void clear() {
    length = 0;
  }
}
