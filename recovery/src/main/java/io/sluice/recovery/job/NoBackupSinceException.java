package io.sluice.recovery.job;

import java.io.IOException;

/**
 * All backups of a cluster are of before it took over from another; the message is for people. It
 * ends by a new one alone.
 */
public final class NoBackupSinceException extends IOException {
  private static final long serialVersionUID = 1L;

  NoBackupSinceException(String message) {
    super(message);
  }
}
