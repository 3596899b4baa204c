package io.sluice.storage;

import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why the storage did not do what it was asked. Each leaf says what happened and, of a write,
 * whether it was certainly not applied or whether that is unknown: a write that may have been
 * applied is never reported as failed for sure, and never blindly sent again.
 *
 * <p>Stackless, except where a bug is likely. May be thrown and read on any thread.
 */
public abstract sealed class StorageFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private StorageFailure(String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }

  /** The metadata looked at the request and decided against it. Nothing was changed. */
  public static final class Refused extends StorageFailure {
    private static final long serialVersionUID = 1L;
    private final transient Refusal refusal;

    public Refused(Refusal refusal) {
      super(refusal.getCode() + ": " + refusal.getMessage(), null);
      this.refusal = refusal;
    }

    /** One that is made here and not by a shard. */
    public static Refused of(RefusalCode code, String message) {
      return new Refused(Refusal.newBuilder().setCode(code).setMessage(message).build());
    }

    public RefusalCode code() {
      return refusal.getCode();
    }

    public Refusal refusal() {
      return refusal;
    }
  }

  /**
   * Not now: too much is waiting, no quorum, no leader, a full disk. Nothing was changed; the same
   * request may succeed later.
   */
  public static final class Unavailable extends StorageFailure {
    private static final long serialVersionUID = 1L;
    private final Duration retryAfter;

    public Unavailable(String message, Duration retryAfter, @Nullable Throwable cause) {
      super(message, cause);
      this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
      return retryAfter;
    }
  }

  /** Another peer leads the shard: nothing was changed here, and that peer is to be asked. */
  public static final class NotLeader extends StorageFailure {
    private static final long serialVersionUID = 1L;
    private final @Nullable String leader;

    /**
     * @param leader the peer id of who leads, if that is known
     */
    public NotLeader(int shard, @Nullable String leader) {
      super(
          "metadata shard " + shard + " is led by " + (leader == null ? "another" : leader), null);
      this.leader = leader;
    }

    public @Nullable String leader() {
      return leader;
    }
  }

  /** A write was submitted and no answer came: it may have been applied, or may still be. */
  public static final class OutcomeUnknown extends StorageFailure {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknown(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A replica does not have the chunk. */
  public static final class ChunkNotFound extends StorageFailure {
    private static final long serialVersionUID = 1L;

    public ChunkNotFound(String message) {
      super(message, null);
    }
  }

  /** Stored bytes do not match their CRC32C, or can't be read back. */
  public static final class ChunkDamaged extends StorageFailure {
    private static final long serialVersionUID = 1L;

    public ChunkDamaged(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A disk that does not take writes any more: full, read-only, or it reported an I/O error. */
  public static final class DiskFailed extends StorageFailure {
    private static final long serialVersionUID = 1L;

    public DiskFailed(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
