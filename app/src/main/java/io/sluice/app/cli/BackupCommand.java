package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.recovery.backup.SetKind;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup}: sets in a target. */
@Command(
    name = "backup",
    description = "Backups: sets in a target, each of one moment over everything.",
    mixinStandardHelpOptions = true,
    subcommands = {
      BackupVerifyCommand.class,
      BackupDrillCommand.class,
      BackupPruneCommand.class,
      BackupHoldCommand.class,
      ScheduleCommand.class
    },
    synopsisSubcommandLabel =
        "(run | list | show | status | verify | drill | prune | hold | schedule)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class BackupCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "one of run, list, show, status, verify, drill, prune, hold, schedule is needed");
  }

  @Command(
      name = "run",
      description = "Makes a backup now, and waits until it is complete.",
      mixinStandardHelpOptions = true)
  int run(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "TARGET", description = "Where it goes") String target,
      @Option(
              names = "--kind",
              paramLabel = "KIND",
              required = true,
              description =
                  "full: everything; incremental: what changed since the last of any kind;"
                      + " differential: what changed since the last full; synthetic-full: the last"
                      + " one as a full, put together in the target")
          SetKind kind,
      @Option(names = "--detach", description = "Don't wait: status tells how far it is")
          boolean detach)
      throws InterruptedException {
    BackupWait backups = new BackupWait(admin.client(), spec.commandLine().getErr());
    JsonNode begun = backups.begin(target, kind.toString());
    if (detach) {
      out().println(admin.json() ? begun : "backup " + begun.path("id").asText() + " has begun");
      return 0;
    }
    JsonNode made = backups.await(target, begun.path("id").asText());
    out().println(admin.json() ? made : "made backup " + line(made));
    return 0;
  }

  @Command(
      name = "list",
      description = "Lists the complete backups of a target, or of all.",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin AdminOptions admin,
      @Parameters(arity = "0..1", paramLabel = "TARGET", description = "Default: all targets")
          @Nullable String target) {
    JsonNode answer =
        admin
            .client()
            .call(
                "GET", target == null ? "/backups" : TargetCommand.path(target) + "/backups", null);
    if (admin.json()) {
      out().println(answer);
    } else if (answer.path("backups").isEmpty()) {
      out().println("no backups");
    } else {
      answer
          .path("backups")
          .forEach(
              each ->
                  out()
                      .println(
                          each.has("unreadable") ? each.path("unreadable").asText() : line(each)));
    }
    if (!admin.json()) {
      answer.path("others").forEach(other -> out().println(TargetCommand.otherLine(other)));
    }
    return 0;
  }

  @Command(name = "show", description = "Shows one.", mixinStandardHelpOptions = true)
  int show(
      @Mixin AdminOptions admin,
      @Parameters(index = "0", paramLabel = "ID", description = "The backup") String id) {
    JsonNode answer = admin.client().call("GET", AdminPath.of("/backups", id), null);
    if (admin.json()) {
      out().println(answer);
    } else {
      new StatusText(out()).print(answer);
    }
    return 0;
  }

  @Command(
      name = "status",
      description = "Shows what runs, and the last backup of each target.",
      mixinStandardHelpOptions = true)
  int status(@Mixin AdminOptions admin) {
    JsonNode answer = admin.client().call("GET", "/targets", null);
    if (admin.json()) {
      out().println(answer);
    } else {
      print(answer.path("targets"));
    }
    return 0;
  }

  private void print(JsonNode targets) {
    if (targets.isEmpty()) {
      out().println("no targets; sluice target add NAME URL adds one");
    }
    for (JsonNode target : targets) {
      out().println(TargetCommand.line(target));
      JsonNode running = target.path("running");
      if (!running.isMissingNode()) {
        out().println("  " + running(running));
      }
      JsonNode failure = target.path("lastFailure");
      if (!failure.isMissingNode()) {
        out()
            .println(
                "  failed "
                    + failure.path("at").asText()
                    + ": "
                    + failure.path("message").asText());
      }
    }
  }

  static String running(JsonNode running) {
    return "%s %s since %s: %s seen, %s sent%s"
        .formatted(
            running.path("kind").asText(),
            running.path("id").asText(),
            running.path("started").asText(),
            Counted.of(running.path("objects").asLong(), "object"),
            SizeText.of(running.path("bytesWritten").asLong()),
            running.has("noAnswerSince")
                ? "; HANGS, the target has not answered node %s since %s"
                    .formatted(
                        running.path("node").asText(), running.path("noAnswerSince").asText())
                : "");
  }

  private static String line(JsonNode set) {
    return String.format(
        Locale.ROOT,
        "%s  %s  %s of %s  %s, %s sent in %.1f s%s",
        set.path("id").asText(),
        set.path("target").asText(),
        set.path("kind").asText(),
        set.path("at").asText(),
        Counted.of(set.path("objects").asLong(), "object"),
        SizeText.of(set.path("bytesWritten").asLong()),
        set.path("seconds").asDouble(),
        set.path("hold").asBoolean() ? ", held" : "");
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
