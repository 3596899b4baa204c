package io.sluice.app.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;

/** How far long work is: a bar that is drawn again on a terminal, and nothing elsewhere. */
final class ProgressBar {
  private static final int WIDTH = 40;
  private final PrintWriter out;
  private final boolean bytes;
  private long all;
  private final boolean shown = CommandLine.Help.Ansi.AUTO.enabled();
  private final long startedNanos = System.nanoTime();

  ProgressBar(PrintWriter out, long all) {
    this.out = out;
    this.bytes = false;
    this.all = all;
  }

  private ProgressBar(PrintWriter out) {
    this.out = out;
    this.bytes = true;
  }

  /** One of bytes, of which it turns out how many there are. */
  static ProgressBar ofBytes(PrintWriter out) {
    return new ProgressBar(out);
  }

  void show(long done, long ofAll) {
    all = ofAll;
    show(done);
  }

  void show(long done) {
    if (shown && all > 0) {
      double share = Math.min(1, (double) done / all);
      int marks = (int) Math.round(share * WIDTH);
      double seconds = Math.max(0.001, (System.nanoTime() - startedNanos) / 1e9);
      out.printf(
          Locale.ROOT,
          "\r[%s%s] %3.0f %%, %s/s",
          "#".repeat(marks),
          ".".repeat(WIDTH - marks),
          share * 100,
          rate(done / seconds));
      out.flush();
    }
  }

  private String rate(double perSecond) {
    return bytes
        ? SizeText.of(Math.round(perSecond))
        : String.format(Locale.ROOT, "%.0f objects", perSecond);
  }

  /** The next line is something else's. */
  void end() {
    if (shown && all > 0) {
      out.println();
    }
  }
}
