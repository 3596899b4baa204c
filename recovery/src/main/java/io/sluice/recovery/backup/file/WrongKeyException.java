package io.sluice.recovery.backup.file;

import java.io.IOException;

/** A backup is sealed with another key than was given, or with one at all, or with none. */
public final class WrongKeyException extends IOException {
  private static final long serialVersionUID = 1L;

  public WrongKeyException(String message) {
    super(message);
  }
}
