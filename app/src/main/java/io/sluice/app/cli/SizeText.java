package io.sluice.app.cli;

import java.util.Locale;

/** Numbers of bytes, for people. */
final class SizeText {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final double STEP = 1024;

  private SizeText() {}

  /** Such as "17 B", "1.5 MiB". */
  static String of(long bytes) {
    if (bytes < STEP) {
      return bytes + " B";
    }
    double size = bytes / STEP;
    int unit = 0;
    while (size >= STEP && unit < UNITS.length - 1) {
      size /= STEP;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }
}
