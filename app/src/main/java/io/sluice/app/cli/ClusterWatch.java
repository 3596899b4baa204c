package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * {@code cluster status --watch}: a page that is drawn again on a terminal; elsewhere the status,
 * and then a line whenever something changed. Ends when the process is interrupted, with exit code
 * 0; that all is done it says only when redundancy is full. A node that does not answer for a while
 * is asked again.
 */
final class ClusterWatch {
  private static final long INTERVAL_SECONDS = 2;
  private static final int BAR_WIDTH = 40;
  private static final String CLEAR = "\u001b[H\u001b[2J\u001b[3J";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

  private final Supplier<JsonNode> status;
  private final PrintWriter out;
  private final PrintWriter err;
  private final CopyRate rate = new CopyRate();
  private String last = "";

  /**
   * @param status asks for it
   */
  ClusterWatch(Supplier<JsonNode> status, PrintWriter out, PrintWriter err) {
    this.status = status;
    this.out = out;
    this.err = err;
  }

  /** How it is shown. */
  enum Form {
    /** An object a line. */
    JSON,
    /** A page that is drawn again. */
    PAGE,
    LINES
  }

  static Form form(boolean json) {
    if (json) {
      return Form.JSON;
    }
    return CommandLine.Help.Ansi.AUTO.enabled() ? Form.PAGE : Form.LINES;
  }

  /** Until the process is interrupted. The first status must be there. */
  void run(Form form) throws InterruptedException {
    JsonNode first = status.get();
    // A JVM that a signal ends would exit with 130, and this is how one leaves a watch.
    Thread interrupted = new Thread(() -> Runtime.getRuntime().halt(0), "sluice-watch-end");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      show(form, first, System.nanoTime());
      CountDownLatch never = new CountDownLatch(1);
      while (!never.await(INTERVAL_SECONDS, TimeUnit.SECONDS)) {
        look(form);
      }
    } finally {
      boolean unused = Runtime.getRuntime().removeShutdownHook(interrupted);
    }
  }

  private void look(Form form) {
    JsonNode now;
    try {
      now = status.get();
    } catch (AdminClient.AdminException e) {
      String line = "sluice: " + e.getMessage();
      if (!line.equals(last)) {
        err.println(line);
        err.flush();
        last = line;
      }
      return;
    }
    show(form, now, System.nanoTime());
  }

  /** Shows a status that was asked for at a time. */
  void show(Form form, JsonNode now, long nanos) {
    rate.add(now, nanos);
    switch (form) {
      case JSON -> out.println(now);
      case PAGE -> page(now);
      case LINES -> line(now);
    }
    out.flush();
  }

  private void page(JsonNode now) {
    out.print(CLEAR);
    new ClusterText(out).status(now);
    if (rate.isBusy()) {
      int done = (int) (rate.done() * BAR_WIDTH);
      out.printf(
          Locale.ROOT,
          "progress    [%s%s] %.0f %%, %s%n",
          "#".repeat(done),
          ".".repeat(BAR_WIDTH - done),
          // Not rounded: 100 % is when nothing is left.
          Math.floor(rate.done() * 100),
          rate);
    }
    out.printf("%nEvery %d s; Ctrl-C ends it.%n", INTERVAL_SECONDS);
  }

  private void line(JsonNode now) {
    if (last.isEmpty()) {
      new ClusterText(out).status(now);
    }
    String line = ClusterText.summary(now) + (rate.isBusy() ? "; " + rate : "");
    if (!line.equals(last)) {
      out.println(LocalTime.now(ZoneId.systemDefault()).format(TIME) + "  " + line);
      last = line;
    }
  }
}
