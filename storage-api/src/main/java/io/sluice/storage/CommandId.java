package io.sluice.storage;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The id under which a command is tried again, and applied once (INVARIANTS 5): its deadline, in
 * milliseconds of shard time, and a random number.
 */
public final class CommandId {
  public static final int BYTES = 2 * Long.BYTES;

  private CommandId() {}

  /** A new one. Any thread. */
  public static ByteString until(long deadlineMs) {
    byte[] id = new byte[BYTES];
    ByteBuffer.wrap(id).putLong(deadlineMs).putLong(ThreadLocalRandom.current().nextLong());
    return UnsafeByteOperations.unsafeWrap(id);
  }

  /**
   * The shard time after which the command is not applied any more.
   *
   * @param id of {@link #BYTES} bytes
   */
  public static long deadlineMs(ByteString id) {
    return id.asReadOnlyByteBuffer().getLong();
  }
}
