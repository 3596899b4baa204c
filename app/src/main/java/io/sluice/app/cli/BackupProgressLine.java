package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;

/**
 * How far a backup is: a line that is drawn again on a terminal, and nothing elsewhere. How much is
 * to come nobody knows before it was looked at, so there is no bar.
 */
final class BackupProgressLine {
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean shown = CommandLine.Help.Ansi.AUTO.enabled();
  private final SmoothRate rate = new SmoothRate();
  private long lastNanos = System.nanoTime();
  private long lastBytes;

  BackupProgressLine(PrintWriter out) {
    this.out = out;
  }

  void show(JsonNode running) {
    if (!shown) {
      return;
    }
    long now = System.nanoTime();
    long bytes = running.path("bytesWritten").asLong();
    rate.add((double) Math.max(0, bytes - lastBytes), Math.max(1, now - lastNanos) / 1e9);
    lastNanos = now;
    lastBytes = bytes;
    out.printf(
        Locale.ROOT,
        "%s%s: %s seen, %s sent, %s/s",
        CLEAR_LINE,
        running.path("kind").asText(),
        Counted.of(running.path("objects").asLong(), "object"),
        SizeText.of(bytes),
        SizeText.of(Math.round(rate.perSecond())));
    out.flush();
  }

  /** The line is something else's. */
  void end() {
    if (shown) {
      out.print(CLEAR_LINE);
      out.flush();
    }
  }
}
