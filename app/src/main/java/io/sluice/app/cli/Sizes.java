package io.sluice.app.cli;

import java.util.Locale;

/** Numbers of bytes, for people. */
final class Sizes {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final int STEP = 1024;

  private Sizes() {}

  /** Such as {@code 12 B} or {@code 1.5 GiB}. */
  static String human(long bytes) {
    if (bytes < STEP) {
      return bytes + " B";
    }
    double size = bytes;
    int unit = -1;
    do {
      size /= STEP;
      unit++;
    } while (size >= STEP && unit < UNITS.length - 1);
    return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }
}
