package io.sluice.metadata.state.row;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;

/**
 * How far into an item of garbage a page went: of a manifest the number of its parts from the first
 * on, of the parts of uploads the key of the last row.
 */
public final class GarbageProgress {
  private GarbageProgress() {}

  public static ByteString throughParts(int parts) {
    return ByteString.copyFrom(ByteBuffer.allocate(Integer.BYTES).putInt(0, parts));
  }

  /** The number of parts. */
  public static int parts(ByteString through) {
    return through.asReadOnlyByteBuffer().getInt();
  }

  public static ByteString throughRow(byte[] key) {
    return ByteString.copyFrom(key);
  }
}
