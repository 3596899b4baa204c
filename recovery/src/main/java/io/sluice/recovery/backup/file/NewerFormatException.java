package io.sluice.recovery.backup.file;

import java.io.IOException;

/** A backup was written by a newer program, in a format that is not known here. */
public final class NewerFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public NewerFormatException(String file, int version, int known) {
    super(
        "%s is of format %d, and this program reads up to %d: use a newer one"
            .formatted(file, version, known));
  }
}
