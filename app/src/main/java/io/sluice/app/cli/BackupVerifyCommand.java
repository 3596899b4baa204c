package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup verify}. */
@Command(
    name = "verify",
    description = {
      "Looks whether backups are as they were written, and names what is not.",
      "The server reads every file and chunk, and looks whether every object finds its own. Ends"
          + " with 1 when something is wrong."
    },
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class BackupVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Parameters(
      arity = "0..1",
      paramLabel = "ID",
      description = "This backup, with those it builds on. Default: all")
  private @Nullable String id;

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description = "In this target. Default: the one that has the backup, or all")
  private @Nullable String target;

  @Option(
      names = "--sample",
      paramLabel = "SHARE",
      description =
          "Read the chunks of this share of the packs only, such as 0.1; all else is read anyway."
              + " Default: 1, all")
  private double sample = 1;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Chooses them: the same seed, the same packs. Default: 1")
  private long seed = 1;

  @Override
  public Integer call() throws InterruptedException {
    AdminClient client = admin.client();
    Map<String, Object> wanted = new LinkedHashMap<>();
    if (id != null) {
      wanted.put("backup", id);
    }
    wanted.put("share", sample);
    wanted.put("seed", seed);
    ArrayNode results =
        TargetTask.forEach(
            TargetTask.targets(client, target, id),
            each -> verify(client, each, wanted),
            this::print);
    boolean good = TargetTask.allAre(results, each -> each.path("good").asBoolean());
    if (admin.json()) {
      out()
          .println(
              JsonNodeFactory.instance
                  .objectNode()
                  .put("good", good)
                  .set("verifications", results)
                  .toString());
    }
    return good ? 0 : 1;
  }

  private JsonNode verify(AdminClient client, String each, Map<String, Object> wanted)
      throws InterruptedException {
    ProgressBar bar = ProgressBar.ofBytes(spec.commandLine().getErr());
    try {
      return TargetTask.run(
          client,
          each,
          "verification",
          wanted,
          now -> bar.show(now.path("bytesDone").asLong(), now.path("bytesAll").asLong()));
    } finally {
      bar.end();
    }
  }

  private void print(String each, JsonNode result) {
    if (admin.json()) {
      return;
    }
    for (JsonNode problem : result.path("problems")) {
      out().printf("%s: %s: %s%n", each, text(problem, "file"), text(problem, "what"));
      long touched = problem.path("touched").asLong();
      if (touched > 0) {
        out().printf("  %s:%n", Counted.of(touched, "object needs it", "objects need it"));
        problem.path("objects").forEach(object -> out().println("    " + object.asText()));
        long more = touched - problem.path("objects").size();
        if (more > 0) {
          out().println("    and " + more + " more");
        }
      }
    }
    int problems = result.path("problems").size();
    out()
        .printf(
            "%s: %s: %s, %s, %s, %s, %s read%s%n",
            each,
            problems == 0
                ? "as it was written"
                : Counted.of(problems, "file") + " damaged or missing",
            Counted.of(result.path("sets").asLong(), "backup"),
            Counted.of(result.path("objects").asLong(), "object"),
            Counted.of(result.path("files").asLong(), "file"),
            Counted.of(result.path("chunks").asLong(), "chunk"),
            SizeText.of(result.path("bytes").asLong()),
            share(result));
  }

  /** What was looked at in part only must not look like the whole. */
  private static String share(JsonNode result) {
    double share = result.path("share").asDouble(1);
    return share >= 1
        ? ""
        : "; a sample: chunks of %s of the packs, of the others only size and place"
            .formatted(ShareText.of(share));
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
