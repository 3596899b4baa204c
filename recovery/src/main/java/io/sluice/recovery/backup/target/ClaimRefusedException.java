package io.sluice.recovery.backup.target;

import java.io.IOException;

/** A place did not take what was to be claimed there. The message is for people. */
public final class ClaimRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  public ClaimRefusedException(String message, IOException why) {
    super(message, why);
  }
}
