package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The part of {@code sluice restore} that has a server bring back a backup. First it looks what
 * that would replace, and asks.
 */
final class RestoreFromTarget {
  private static final long POLL_MS = 200;
  private static final int DAMAGED_SHOWN_MAX = 20;

  private final CommandSpec spec;
  private final AdminOptions admin;
  private final AdminClient client;
  private final String target;

  /**
   * @param from a target of the server's, by its name or URL
   */
  RestoreFromTarget(CommandSpec spec, AdminOptions admin, String from) {
    this.spec = spec;
    this.admin = admin;
    this.client = admin.client();
    this.target = name(from);
  }

  private String name(String from) {
    if (!from.contains(":")) {
      return from;
    }
    for (JsonNode each : client.call("GET", "/targets", null).path("targets")) {
      if (each.path("url").asText().equals(from)) {
        return each.path("name").asText();
      }
    }
    throw new AdminClient.AdminException(
        "the server has no target of that URL: add it with sluice target add NAME "
            + from
            + ", or restore to files with --to");
  }

  int run(Map<String, Object> order, boolean overwrite, boolean dryRun) {
    Map<String, Object> wanted = new LinkedHashMap<>(order);
    boolean replaces = overwrite;
    if (dryRun || !overwrite) {
      JsonNode plan = make(wanted, overwrite, true);
      requireGood(plan);
      if (dryRun) {
        out().println(admin.json() ? plan : "would bring back " + counts(plan));
        return tellIfNothing(order, plan) ? 1 : 0;
      }
      // What was looked at, also if there is a newer one by now.
      wanted.put("backup", plan.path("backup").asText());
      wanted.remove("at");
      if (plan.path("left").asLong() > 0) {
        replaces = isWanted(plan);
        if (!replaces) {
          throw new AdminClient.AdminException(
              "%s there and different; nothing was changed. Look at it with --dry-run, and say --overwrite"
                  .formatted(Counted.of(plan.path("left").asLong(), "object")));
        }
      }
    }
    JsonNode done = make(wanted, replaces, false);
    requireGood(done);
    if (admin.json()) {
      out().println(done);
    } else {
      out().println("restored " + counts(done));
      done.path("accountsLeft")
          .forEach(
              account ->
                  out()
                      .println(
                          "account "
                              + account.asText()
                              + " is not brought back: its name or a key is another's here; what"
                              + " it owned belongs to root"));
      int shown = 0;
      for (JsonNode damaged : done.path("damagedObjects")) {
        if (shown++ < DAMAGED_SHOWN_MAX) {
          out().println("damaged: " + damaged.asText());
        }
      }
    }
    return tellIfNothing(order, done) || done.path("damaged").asLong() > 0 ? 1 : 0;
  }

  /** A prefix that nothing begins with is rather a mistake than a wish. */
  private boolean tellIfNothing(Map<String, Object> order, JsonNode figures) {
    boolean nothing = order.containsKey("prefix") && figures.path("seen").asLong() == 0;
    if (nothing) {
      spec.commandLine()
          .getErr()
          .printf(
              "no key in backup %s begins with '%s'%n",
              figures.path("backup").asText(), order.get("prefix"));
    }
    return nothing;
  }

  private static String counts(JsonNode figures) {
    return String.format(
        Locale.ROOT,
        "%s (%s) of backup %s; %d the same already, %d left as they are, %d damaged",
        Counted.of(figures.path("restored").asLong(), "object"),
        SizeText.of(figures.path("bytes").asLong()),
        figures.path("backup").asText(),
        figures.path("unchanged").asLong(),
        figures.path("left").asLong(),
        figures.path("damaged").asLong());
  }

  private static void requireGood(JsonNode answer) {
    if (answer.path("state").asText().equals("failed")) {
      long restored = answer.path("restored").asLong();
      throw new AdminClient.AdminException(
          answer.path("failure").asText()
              + (restored == 0
                  ? ""
                  : "; %s restored by then".formatted(Counted.of(restored, "object"))));
    }
  }

  /** Asks, where somebody can answer. */
  private boolean isWanted(JsonNode plan) {
    if (admin.json() || !CommandLine.Help.Ansi.AUTO.enabled()) {
      return false;
    }
    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "This replaces %s. Go on? [y/N] ",
        Counted.of(plan.path("left").asLong(), "different object"));
    err.flush();
    try {
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      return answer != null && answer.trim().toLowerCase(Locale.ROOT).startsWith("y");
    } catch (IOException e) {
      return false;
    }
  }

  private JsonNode make(Map<String, Object> order, boolean overwrite, boolean dryRun) {
    Map<String, Object> body = new LinkedHashMap<>(order);
    body.put("overwrite", overwrite);
    body.put("dryRun", dryRun);
    String id =
        client.call("POST", TargetCommand.path(target) + "/restores", body).path("id").asText();
    CountDownLatch never = new CountDownLatch(1);
    RestoreLine line = new RestoreLine(spec.commandLine().getErr());
    try {
      while (true) {
        JsonNode now = client.call("GET", "/restores/" + id, null);
        if (!now.path("state").asText().equals("running")) {
          line.end();
          return now;
        }
        line.show(now);
        boolean unused = never.await(POLL_MS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AdminClient.AdminException("interrupted; the server goes on", e);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
