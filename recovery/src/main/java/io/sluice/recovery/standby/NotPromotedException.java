package io.sluice.recovery.standby;

import java.io.IOException;

/** A standby can't become the primary, however often it tries; the message is for people. */
final class NotPromotedException extends IOException {
  private static final long serialVersionUID = 1L;

  NotPromotedException(String message) {
    super(message);
  }
}
