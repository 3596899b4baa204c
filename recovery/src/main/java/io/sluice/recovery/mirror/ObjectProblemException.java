package io.sluice.recovery.mirror;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One object can't be mirrored now; others may be. The message is for people. */
final class ObjectProblemException extends IOException {
  private static final long serialVersionUID = 1L;

  ObjectProblemException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
