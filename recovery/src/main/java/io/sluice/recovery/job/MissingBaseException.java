package io.sluice.recovery.job;

import java.io.IOException;

/** The set that another was to build on is not in the target any more. */
final class MissingBaseException extends IOException {
  private static final long serialVersionUID = 1;

  private final String setId;

  MissingBaseException(String setId, String message) {
    super(message);
    this.setId = setId;
  }

  /** The one that is missing. */
  String setId() {
    return setId;
  }
}
