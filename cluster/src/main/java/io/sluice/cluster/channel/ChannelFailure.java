package io.sluice.cluster.channel;

import io.sluice.storage.StorageFailure;
import org.jspecify.annotations.Nullable;

/** A call to another node that brought no answer. Stackless. */
final class ChannelFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** How far it came. */
  enum Kind {
    /** This node has too many calls to the other one under way. Nothing was sent. */
    BUSY,
    /** There was no connection, or none that the other side accepted. Nothing was sent. */
    NOT_CONNECTED,
    /** Something was sent, and the connection was lost. */
    LOST,
    /** Something was sent, and the time was up. */
    TIMED_OUT
  }

  private final Kind kind;

  ChannelFailure(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.kind = kind;
  }

  /** Whether the other node is to blame, as far as can be seen from here. */
  boolean isTrouble() {
    return kind != Kind.BUSY;
  }

  private boolean wasSent() {
    return kind == Kind.LOST || kind == Kind.TIMED_OUT;
  }

  /**
   * As others know it.
   *
   * @param isCommand whether the call may have changed metadata
   */
  StorageFailure toStorage(boolean isCommand) {
    String message = String.valueOf(getMessage());
    return isCommand && wasSent()
        ? new StorageFailure.OutcomeUnknown(message, getCause())
        : new StorageFailure.Unavailable(message, Wire.RETRY_AFTER, getCause());
  }
}
