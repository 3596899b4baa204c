package io.sluice.recovery.standby;

import java.io.IOException;

/** An epoch below the greatest that can't be read, and may matter; the message is for people. */
final class UnreadableEpochException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long number;

  UnreadableEpochException(long number, String message, IOException cause) {
    super(message, cause);
    this.number = number;
  }

  /** The greatest such. */
  long number() {
    return number;
  }
}
