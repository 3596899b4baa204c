package io.sluice.storage.verticle.index;

import java.io.IOException;

/** The index can't be read or written. The segments are not affected: it can be rebuilt. */
public final class IndexFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  IndexFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
