package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;

/** How far a restore from a target is: one line on a terminal, and nothing elsewhere. */
final class RestoreLine {
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean shown = CommandLine.Help.Ansi.AUTO.enabled();

  RestoreLine(PrintWriter out) {
    this.out = out;
  }

  void show(JsonNode running) {
    if (shown) {
      out.printf(
          Locale.ROOT,
          "%s%s seen, %d restored (%s)",
          CLEAR_LINE,
          Counted.of(running.path("seen").asLong(), "object"),
          running.path("restored").asLong(),
          SizeText.of(running.path("bytes").asLong()));
      out.flush();
    }
  }

  /** The line is something else's. */
  void end() {
    if (shown) {
      out.print(CLEAR_LINE);
      out.flush();
    }
  }
}
