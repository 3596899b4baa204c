package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code sluice restore}: makes a bucket, or a part of it, what it was. First it looks what that
 * would change, and asks before anything is replaced or deleted.
 */
@Command(
    name = "restore",
    description =
        "Makes a bucket what it was in a snapshot, or at a time inside the history window.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class RestoreCommand implements Callable<Integer> {
  private static final int CHANGED_SHOWN_MAX = 10;

  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Option(names = "--bucket", required = true, paramLabel = "B", description = "The bucket")
  private String bucket;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(names = "--prefix", paramLabel = "P", description = "Only keys that begin with P")
  private @Nullable String prefix;

  @Option(
      names = "--to-bucket",
      paramLabel = "B2",
      description = "Restore into this bucket, which is made if it is not there. Default: in place")
  private @Nullable String toBucket;

  @Option(names = "--dry-run", description = "Only say what would be done")
  private boolean dryRun;

  @Option(
      names = "--overwrite",
      description = "Replace and delete what was written since without asking")
  private boolean overwrite;

  /** What to go back to. */
  static final class Source {
    @Option(names = "--snapshot", paramLabel = "S", description = "A snapshot's name")
    @Nullable String snapshot;

    @Option(
        names = "--at",
        paramLabel = "TIME",
        description = "A time such as 2026-11-21T10:00:00Z")
    @Nullable String at;
  }

  /** What a restore would do. */
  private static final class Plan {
    long missing;
    long replaced;
    long deleted;
    long bytes;

    long all() {
      return missing + replaced + deleted;
    }

    boolean isHarmless() {
      return replaced + deleted == 0;
    }
  }

  @Override
  public Integer call() {
    AdminClient client = admin.client();
    Moments moments = new Moments(client);
    JsonNode moment =
        source.snapshot != null
            ? moments.ofSnapshot(bucket, source.snapshot)
            : moments.at(bucket, String.valueOf(source.at));
    Plan plan = plan(moments, moment);
    if (dryRun) {
      print(plan);
      return 0;
    }
    if (!overwrite && !plan.isHarmless() && !isWanted(plan)) {
      throw new AdminClient.AdminException(refusal(plan));
    }
    ObjectNode sum = restore(client, moment, plan);
    if (admin.json()) {
      out().println(sum);
    } else {
      report(sum);
    }
    return sum.path("changed").asLong() == 0 ? 0 : 1;
  }

  private Plan plan(Moments moments, JsonNode moment) {
    Plan plan = new Plan();
    boolean inPlace = toBucket == null || toBucket.equals(bucket);
    moments.compare(
        moment,
        null,
        toBucket,
        prefix,
        difference -> {
          if (!difference.has("before") && !inPlace) {
            return;
          }
          boolean missing = !difference.has("after");
          plan.missing += missing ? 1 : 0;
          plan.replaced += difference.has("before") && !missing ? 1 : 0;
          plan.deleted += difference.has("before") ? 0 : 1;
          plan.bytes += difference.path("before").path("size").asLong();
          if (dryRun && !admin.json()) {
            String verb =
                missing ? "bring back " : difference.has("before") ? "replace    " : "delete     ";
            out().println(verb + difference.path("key").asText());
          }
        });
    return plan;
  }

  private void print(Plan plan) {
    if (admin.json()) {
      out()
          .println(
              JsonNodeFactory.instance
                  .objectNode()
                  .put("missing", plan.missing)
                  .put("replaced", plan.replaced)
                  .put("deleted", plan.deleted)
                  .put("bytes", plan.bytes));
    } else {
      out()
          .printf(
              Locale.ROOT,
              "would bring back %d, replace %d and delete %d objects; %s%n",
              plan.missing,
              plan.replaced,
              plan.deleted,
              SizeText.of(plan.bytes));
    }
  }

  /** Asks, where somebody can answer. */
  private boolean isWanted(Plan plan) {
    if (admin.json() || !CommandLine.Help.Ansi.AUTO.enabled()) {
      return false;
    }
    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "%d objects of bucket %s will be replaced, and %d deleted. Go on? [y/N] ",
        plan.replaced, target(), plan.deleted);
    err.flush();
    try {
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      return answer != null && answer.trim().toLowerCase(Locale.ROOT).startsWith("y");
    } catch (IOException e) {
      return false;
    }
  }

  private String target() {
    return toBucket == null ? bucket : toBucket;
  }

  private String refusal(Plan plan) {
    return "this would replace %d and delete %d objects of bucket %s; nothing was changed. Look at it with --dry-run, and say --overwrite"
        .formatted(plan.replaced, plan.deleted, target());
  }

  private ObjectNode restore(AdminClient client, JsonNode moment, Plan plan) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("moment", moment);
    body.put("overwrite", overwrite || !plan.isHarmless());
    if (toBucket != null) {
      body.put("toBucket", toBucket);
    }
    if (prefix != null) {
      body.put("prefix", prefix);
    }
    ObjectNode sum =
        JsonNodeFactory.instance
            .objectNode()
            .put("restored", 0L)
            .put("deleted", 0L)
            .put("bytes", 0L)
            .put("changed", 0L);
    ProgressBar bar = new ProgressBar(spec.commandLine().getErr(), plan.all());
    JsonNode page;
    do {
      page = client.call("POST", "/moments/restore", body);
      for (String figure : new String[] {"restored", "deleted", "bytes"}) {
        sum.put(figure, sum.path(figure).asLong() + page.path(figure).asLong());
      }
      // What came meanwhile where there was nothing: without --overwrite it stays.
      long left = (long) page.path("changed").size() + page.path("left").size();
      sum.put("changed", sum.path("changed").asLong() + left);
      page.path("changed").forEach(key -> note(sum, key.asText()));
      page.path("left").forEach(object -> note(sum, object.path("key").asText()));
      bar.show(sum.path("restored").asLong() + sum.path("deleted").asLong());
      body.put("after", page.path("next").asText(""));
    } while (page.has("next"));
    bar.end();
    return sum;
  }

  private static void note(ObjectNode sum, String key) {
    if (sum.withArray("changedKeys").size() < CHANGED_SHOWN_MAX) {
      sum.withArray("changedKeys").add(key);
    }
  }

  private void report(ObjectNode sum) {
    out()
        .printf(
            Locale.ROOT,
            "restored %d objects (%s), deleted %d%n",
            sum.path("restored").asLong(),
            SizeText.of(sum.path("bytes").asLong()),
            sum.path("deleted").asLong());
    long changed = sum.path("changed").asLong();
    if (changed > 0) {
      out()
          .printf(
              Locale.ROOT,
              "left %d objects that were written meanwhile, such as %s; the same command again restores them too%n",
              changed,
              sum.path("changedKeys").path(0).asText());
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
