package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup prune}. */
@Command(
    name = "prune",
    description = {
      "Removes the backups that no rule of their target keeps.",
      "What those that stay need stays too. The space of what went is free when the backup that"
          + " may be running at the target has ended; the command waits for that."
    },
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class BackupPruneCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Parameters(
      arity = "0..1",
      paramLabel = "TARGET",
      description = "In this target. Default: in all")
  private @Nullable String target;

  @Option(names = "--dry-run", description = "Only say what would go, what would stay, and why")
  private boolean dryRun;

  private String phase = "";

  @Override
  public Integer call() throws InterruptedException {
    AdminClient client = admin.client();
    ArrayNode results =
        TargetTask.forEach(
            TargetTask.targets(client, target, null), each -> prune(client, each), this::print);
    if (admin.json()) {
      out().println(JsonNodeFactory.instance.objectNode().set("prunes", results).toString());
    }
    return TargetTask.allAre(results, each -> each.path("refusedCount").asLong() == 0) ? 0 : 1;
  }

  private JsonNode prune(AdminClient client, String each) throws InterruptedException {
    phase = "";
    return TargetTask.run(client, each, "prune", Map.of("dryRun", dryRun), this::tell);
  }

  private void tell(JsonNode now) {
    String at = now.path("phase").asText();
    if (!at.isEmpty() && !at.equals(phase)) {
      phase = at;
      spec.commandLine().getErr().println(now.path("target").asText() + ": " + at);
      spec.commandLine().getErr().flush();
    }
  }

  private void print(String each, JsonNode result) {
    if (admin.json()) {
      return;
    }
    for (JsonNode backup : result.path("backups")) {
      StringJoiner why = new StringJoiner(", ");
      backup.path("reasons").forEach(reason -> why.add(reason.asText()));
      out()
          .printf(
              "%s  %-5s  %s  %s%s%n",
              each,
              backup.path("stays").asBoolean() ? "keep" : dryRun ? "would go" : "go",
              backup.path("id").asText(),
              backup.path("kind").asText(),
              why.length() == 0 ? "" : ": " + why);
    }
    result
        .path("refused")
        .forEach(
            file ->
                out()
                    .printf(
                        "%s: %s stays, the target refused: %s%n",
                        each, file.path("file").asText(), file.path("message").asText()));
    out()
        .printf(
            Locale.ROOT,
            "%s: %s %s, %s, %s%n",
            each,
            dryRun ? "would remove" : "removed",
            Counted.of(result.path("sets").asLong(), "backup"),
            Counted.of(result.path("packs").asLong(), "pack"),
            SizeText.of(result.path("bytes").asLong()));
    long refused = result.path("refusedCount").asLong();
    if (refused > 0) {
      out()
          .printf(
              Locale.ROOT,
              "%s: the target refused to remove %s%n",
              each,
              Counted.of(refused, "file"));
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
