package io.sluice.recovery.backup.file;

import java.io.IOException;

/** A file is not what was written; the message names it and says what is wrong. */
public final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;
  private final String file;

  /**
   * @param file below the cluster's folder
   */
  public DamagedFileException(String file, String what) {
    super(file + ": " + what);
    this.file = file;
  }

  public String file() {
    return file;
  }
}
