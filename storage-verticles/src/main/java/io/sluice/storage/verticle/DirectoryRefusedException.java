package io.sluice.storage.verticle;

import java.io.IOException;

/** A data directory that this server must not use; the message is for the operator. */
public final class DirectoryRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  DirectoryRefusedException(String message) {
    super(message);
  }
}
