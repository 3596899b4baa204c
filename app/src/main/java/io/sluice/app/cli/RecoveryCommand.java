package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.app.config.TimeSpan;
import io.sluice.storage.SpanText;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice recovery}: how far back the store can go by itself. */
@Command(
    name = "recovery",
    description = "What could be brought back: from the history, and from backups.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(history | status)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class RecoveryCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of history, status is needed");
  }

  @Command(
      name = "history",
      description = "Shows or sets how long what was replaced or deleted is kept.",
      mixinStandardHelpOptions = true)
  int history(
      @Mixin AdminOptions admin,
      @Parameters(
              arity = "0..1",
              paramLabel = "SPAN",
              converter = TimeSpan.class,
              description = "Such as 7d; 0s: only what snapshots need")
          @Nullable Duration window) {
    JsonNode answer =
        window == null
            ? admin.client().call("GET", "/recovery/history", null)
            : admin
                .client()
                .call("PUT", "/recovery/history", Map.of("windowSeconds", window.toSeconds()));
    long seconds = answer.path("windowSeconds").asLong();
    spec.commandLine()
        .getOut()
        .println(
            admin.json()
                ? answer
                : (seconds == 0
                        ? "what was replaced or deleted is kept only if a snapshot needs it"
                        : "what was replaced or deleted is kept for "
                            + SpanText.of(Duration.ofSeconds(seconds)))
                    + "; "
                    + Counted.of(answer.path("rows").asLong(), "object")
                    + " kept now"
                    + held(answer.path("holds").size()));
    return 0;
  }

  @Command(
      name = "status",
      description =
          "Shows how old the last backup of each target is and how long a restore would take,"
              + " against the objectives of target set.",
      mixinStandardHelpOptions = true)
  int status(@Mixin AdminOptions admin) {
    JsonNode answer = admin.client().call("GET", "/recovery/status", null);
    if (admin.json()) {
      spec.commandLine().getOut().println(answer);
    } else {
      new RecoveryStatusText(spec.commandLine().getOut()).print(answer);
    }
    return 0;
  }

  private static String held(int holds) {
    return holds == 0
        ? ""
        : "; nothing more is let go for " + Counted.of(holds, "restore") + " under way";
  }
}
