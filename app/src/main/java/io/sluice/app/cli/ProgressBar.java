package io.sluice.app.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;

/** How far long work is: a bar that is drawn again on a terminal, and nothing elsewhere. */
final class ProgressBar {
  private static final int WIDTH = 40;
  private final PrintWriter out;
  private final long all;
  private final boolean shown = CommandLine.Help.Ansi.AUTO.enabled();
  private final long startedNanos = System.nanoTime();

  ProgressBar(PrintWriter out, long all) {
    this.out = out;
    this.all = all;
  }

  void show(long done) {
    if (shown && all > 0) {
      double share = Math.min(1, (double) done / all);
      int marks = (int) Math.round(share * WIDTH);
      double seconds = Math.max(0.001, (System.nanoTime() - startedNanos) / 1e9);
      out.printf(
          Locale.ROOT,
          "\r[%s%s] %3.0f %%, %.0f objects/s",
          "#".repeat(marks),
          ".".repeat(WIDTH - marks),
          share * 100,
          done / seconds);
      out.flush();
    }
  }

  /** The next line is something else's. */
  void end() {
    if (shown && all > 0) {
      out.println();
    }
  }
}
