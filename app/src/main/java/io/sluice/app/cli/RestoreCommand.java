package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.app.config.PointInTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code sluice restore}: makes a bucket, or a part of it, what it was. First it looks what that
 * would change, and asks before anything is replaced or deleted.
 */
@Command(
    name = "restore",
    description =
        "Makes a bucket what it was in a snapshot, or at a time inside the history window; with"
            + " --from, brings back a backup; with --from and --to, to files or an S3 endpoint.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class RestoreCommand implements Callable<Integer> {
  private static final int NAMED_MAX = 10;

  /** Of a page: between shards an object of one piece, which may be long, is copied in one. */
  private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(55);

  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Mixin private RestoreToFiles toFiles;

  @ArgGroup(multiplicity = "0..1")
  private Which which = new Which();

  @ArgGroup(multiplicity = "0..1")
  private Source source = new Source();

  @Option(names = "--prefix", paramLabel = "P", description = "Only keys that begin with P")
  private @Nullable String prefix;

  @Option(names = "--key", paramLabel = "K", description = "Only this key")
  private @Nullable String key;

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

  /** What to restore. */
  static final class Which {
    @Option(names = "--bucket", paramLabel = "B", description = "The bucket")
    @Nullable String bucket;

    @Option(
        names = "--all-buckets",
        description =
            "All buckets of the snapshot or backup; those that were made since are left alone")
    boolean all;
  }

  /** What to go back to. */
  static final class Source {
    @Option(names = "--snapshot", paramLabel = "S", description = "A snapshot's name")
    @Nullable String snapshot;

    @Option(
        names = "--at",
        paramLabel = "TIME",
        converter = PointInTime.class,
        description = "A time such as 2026-11-21T10:00:00Z")
    @Nullable Instant at;
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
  public Integer call() throws IOException {
    if (toFiles.isWanted() && toFiles.isForServer()) {
      Map<String, Object> order = orderForServer();
      return new RestoreFromTarget(spec, admin, toFiles.from()).run(order, overwrite, dryRun);
    }
    if (toFiles.isWanted()) {
      return toFiles.run(sharedWithFiles());
    }
    requireSense();
    AdminClient client = admin.client();
    Moments moments = new Moments(client);
    List<JsonNode> wanted = wanted(moments);
    try {
      return run(client, moments, wanted);
    } finally {
      wanted.forEach(moment -> end(moments, moment));
    }
  }

  private int run(AdminClient client, Moments moments, List<JsonNode> wanted) {
    Plan plan = new Plan();
    wanted.forEach(moment -> plan(moments, moment, plan));
    tellIfNothing(plan);
    if (dryRun) {
      print(plan);
      return 0;
    }
    if (!overwrite && !plan.isHarmless() && !isWanted(plan)) {
      throw new AdminClient.AdminException(refusal(plan));
    }
    ObjectNode sum = restore(client, wanted, plan);
    if (admin.json()) {
      out().println(sum);
    } else {
      report(sum);
    }
    return sum.path("changed").asLong() + sum.path("damaged").asLong() == 0 ? 0 : 1;
  }

  /** Where a part was named, which may be a mistake. */
  private void tellIfNothing(Plan plan) {
    String part =
        key != null ? "key " + key : prefix != null ? "keys that begin with " + prefix : "";
    if (plan.all() == 0 && !part.isEmpty()) {
      spec.commandLine().getErr().println("nothing to restore: no difference in " + part);
    }
  }

  /** What can't be given up now ends by itself: no reason to say that the restore failed. */
  private void end(Moments moments, JsonNode moment) {
    try {
      moments.end(moment);
    } catch (AdminClient.AdminException e) {
      spec.commandLine()
          .getErr()
          .println("the history is held for a quarter of an hour more: " + e.getMessage());
    }
  }

  private Map<String, Object> orderForServer() {
    if (source.snapshot != null || key != null) {
      throw new ParameterException(
          spec.commandLine(), "--from goes neither with --snapshot nor --key");
    }
    if ((which.bucket == null) == !which.all) {
      throw new ParameterException(
          spec.commandLine(), "--from needs --to DIR|URL, --bucket B or --all-buckets");
    }
    Map<String, Object> order = toFiles.forServer();
    putIfGiven(order, "bucket", which.bucket);
    putIfGiven(order, "at", source.at == null ? null : source.at.toString());
    putIfGiven(order, "prefix", prefix);
    putIfGiven(order, "toBucket", toBucket);
    return order;
  }

  private static void putIfGiven(Map<String, Object> order, String name, @Nullable String value) {
    if (value != null) {
      order.put(name, value);
    }
  }

  private RestoreToFiles.Shared sharedWithFiles() {
    if (which.all || source.snapshot != null || toBucket != null || key != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--from goes neither with --all-buckets nor --snapshot nor --to-bucket nor --key");
    }
    return new RestoreToFiles.Shared(
        which.bucket, source.at, prefix == null ? "" : prefix, dryRun, overwrite, admin.json());
  }

  private void requireSense() {
    if (which.bucket == null && !which.all) {
      throw new ParameterException(spec.commandLine(), "either --bucket B or --all-buckets");
    }
    if (source.snapshot == null && source.at == null) {
      throw new ParameterException(spec.commandLine(), "either --snapshot S, or --at TIME");
    }
    if (which.all && (source.at != null || toBucket != null || prefix != null || key != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "--all-buckets goes with --snapshot, and neither with --to-bucket nor --prefix nor"
              + " --key");
    }
    if (prefix != null && key != null) {
      throw new ParameterException(spec.commandLine(), "either --prefix or --key");
    }
  }

  private List<JsonNode> wanted(Moments moments) {
    if (which.all) {
      return moments.holdSnapshot(String.valueOf(source.snapshot));
    }
    boolean isTime = source.snapshot == null;
    return List.of(
        moments.hold(
            String.valueOf(which.bucket),
            isTime ? "at" : "snapshot",
            String.valueOf(isTime ? source.at : source.snapshot),
            toBucket));
  }

  private void plan(Moments moments, JsonNode moment, Plan plan) {
    boolean inPlace =
        (toBucket == null || toBucket.equals(which.bucket))
            && moment.path("isSameBucket").asBoolean();
    moments.compare(
        moment,
        null,
        toBucket,
        key != null ? key : prefix,
        difference -> {
          boolean before = difference.has("before");
          boolean isKey = key == null || key.equals(difference.path("key").asText());
          if (!isKey || (!before && !inPlace)) {
            return;
          }
          boolean missing = !difference.has("after");
          plan.missing += missing ? 1 : 0;
          plan.replaced += before && !missing ? 1 : 0;
          plan.deleted += before ? 0 : 1;
          plan.bytes += difference.path("before").path("size").asLong();
          if (dryRun && !admin.json()) {
            String verb = missing ? "bring back " : before ? "replace    " : "delete     ";
            String name = which.all ? moment.path("bucket").asText() + '/' : "";
            out().println(verb + name + difference.path("key").asText());
          }
        });
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
              "would bring back %d, replace %d and delete %s; %s%n",
              plan.missing,
              plan.replaced,
              Counted.of(plan.deleted, "object"),
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
        "This replaces %s of %s, and deletes %d. Go on? [y/N] ",
        Counted.of(plan.replaced, "object"), target(), plan.deleted);
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
    return which.all
        ? "the snapshot's buckets"
        : "bucket " + (toBucket == null ? which.bucket : toBucket);
  }

  private String refusal(Plan plan) {
    return "this would replace %d and delete %s of %s; nothing was changed. Look at it with --dry-run, and say --overwrite"
        .formatted(plan.replaced, Counted.of(plan.deleted, "object"), target());
  }

  private ObjectNode restore(AdminClient client, List<JsonNode> wanted, Plan plan) {
    ObjectNode sum =
        JsonNodeFactory.instance
            .objectNode()
            .put("restored", 0L)
            .put("deleted", 0L)
            .put("bytes", 0L)
            .put("changed", 0L)
            .put("damaged", 0L);
    ProgressBar bar = new ProgressBar(spec.commandLine().getErr(), plan.all());
    wanted.forEach(moment -> restore(client, body(moment, plan), sum, bar));
    bar.end();
    return sum;
  }

  private Map<String, Object> body(JsonNode moment, Plan plan) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("moment", moment);
    body.put("overwrite", overwrite || !plan.isHarmless());
    if (toBucket != null) {
      body.put("toBucket", toBucket);
    }
    if (prefix != null) {
      body.put("prefix", prefix);
    }
    if (key != null) {
      body.put("key", key);
    }
    return body;
  }

  private static void restore(
      AdminClient client, Map<String, Object> body, ObjectNode sum, ProgressBar bar) {
    JsonNode page;
    do {
      page = client.call("POST", "/moments/restore", body, PAGE_TIMEOUT);
      for (String figure : new String[] {"restored", "deleted", "bytes"}) {
        sum.put(figure, sum.path(figure).asLong() + page.path(figure).asLong());
      }
      // What came meanwhile where there was nothing: without --overwrite it stays.
      long left = (long) page.path("changed").size() + page.path("left").size();
      sum.put("changed", sum.path("changed").asLong() + left);
      page.path("changed").forEach(key -> note(sum, "changedKeys", key));
      page.path("left").forEach(object -> note(sum, "changedKeys", object.path("key")));
      sum.put("damaged", sum.path("damaged").asLong() + page.path("damaged").size());
      page.path("damaged").forEach(key -> note(sum, "damagedKeys", key));
      bar.show(sum.path("restored").asLong() + sum.path("deleted").asLong());
      body.put("after", page.path("next").asText(""));
    } while (page.has("next"));
  }

  private static void note(ObjectNode sum, String of, JsonNode key) {
    if (sum.withArray(of).size() < NAMED_MAX) {
      sum.withArray(of).add(key.asText());
    }
  }

  private void report(ObjectNode sum) {
    out()
        .printf(
            Locale.ROOT,
            "restored %s (%s), deleted %d%n",
            Counted.of(sum.path("restored").asLong(), "object"),
            SizeText.of(sum.path("bytes").asLong()),
            sum.path("deleted").asLong());
    long changed = sum.path("changed").asLong();
    if (changed > 0) {
      out()
          .printf(
              Locale.ROOT,
              "left %s that came meanwhile, such as %s; the same command again restores them too%n",
              Counted.of(changed, "object"),
              sum.path("changedKeys").path(0).asText());
    }
    long damaged = sum.path("damaged").asLong();
    if (damaged > 0) {
      out()
          .printf(
              Locale.ROOT,
              "could not restore %s with damaged bytes, such as %s%n",
              Counted.of(damaged, "object"),
              sum.path("damagedKeys").path(0).asText());
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
