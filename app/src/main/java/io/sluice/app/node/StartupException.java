package io.sluice.app.node;

import org.jspecify.annotations.Nullable;

/** Why the server can't start: one line for a person, saying what to do. */
public final class StartupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartupException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
