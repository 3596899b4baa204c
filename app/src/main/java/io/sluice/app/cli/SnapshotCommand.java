package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.app.config.TimeSpan;
import io.sluice.storage.SpanText;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice snapshot}: moments that are kept. */
@Command(
    name = "snapshot",
    description = "Snapshots: moments that are kept, at once and without space of their own.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(create | list | show | diff | remove)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class SnapshotCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "one of create, list, show, diff, remove is needed");
  }

  @Command(
      name = "create",
      description = "Keeps this moment of a bucket, or of all.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin AdminOptions admin,
      @Parameters(arity = "0..1", paramLabel = "BUCKET", description = "Default: all buckets")
          @Nullable String bucket,
      @Option(names = "--name", paramLabel = "N", description = "Default: date and time")
          @Nullable String name,
      @Option(
              names = "--expires-in",
              paramLabel = "SPAN",
              converter = TimeSpan.class,
              description = "Remove it by itself after that, such as 30d. Default: never")
          @Nullable Duration expiresIn) {
    Map<String, String> wanted = new LinkedHashMap<>();
    if (bucket != null) {
      wanted.put("bucket", bucket);
    }
    if (name != null) {
      wanted.put("name", name);
    }
    if (expiresIn != null) {
      wanted.put("expires", Instant.now().plus(expiresIn).toString());
    }
    JsonNode made = admin.client().call("POST", "/snapshots", wanted);
    if (admin.json()) {
      out().println(made);
    } else {
      out().println("made snapshot " + line(made));
    }
    return 0;
  }

  @Command(
      name = "list",
      description = "Lists the snapshots, how old they are, and what only they keep.",
      mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin) {
    admin.list("/snapshots", "snapshots", "no snapshots", (out, each) -> out.println(listed(each)));
    return 0;
  }

  @Command(name = "show", description = "Shows one.", mixinStandardHelpOptions = true)
  int show(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The snapshot") String name) {
    JsonNode answer = admin.client().call("GET", path(name), null);
    out().println(admin.json() ? answer : listed(answer));
    return 0;
  }

  @Command(
      name = "remove",
      description = "Removes one. What only it kept is collected.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The snapshot") String name) {
    return admin.remove(path(name), "snapshot " + name);
  }

  @Command(
      name = "diff",
      description = "Says what changed in a bucket from one snapshot to another, or to now.",
      mixinStandardHelpOptions = true)
  int diff(
      @Mixin AdminOptions admin,
      @Parameters(index = "0", paramLabel = "A", description = "A snapshot") String from,
      @Parameters(
              index = "1",
              arity = "0..1",
              paramLabel = "B",
              description = "A later one. Default: now")
          @Nullable String to,
      @Option(
              names = "--bucket",
              paramLabel = "B",
              description = "Only this one. Default: all buckets of A")
          @Nullable String bucket,
      @Option(names = "--prefix", paramLabel = "P", description = "Keys that begin with P")
          @Nullable String prefix) {
    Moments moments = new Moments(admin.client());
    List<JsonNode> wanted =
        bucket == null ? moments.ofSnapshot(from) : List.of(moments.ofSnapshot(bucket, from));
    Map<String, JsonNode> later = new LinkedHashMap<>();
    if (to != null) {
      moments.ofSnapshot(to).forEach(each -> later.put(each.path("bucket").asText(), each));
    }
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    Differences sum = new Differences();
    for (JsonNode before : wanted) {
      String of = before.path("bucket").asText();
      if (to != null && !later.containsKey(of)) {
        spec.commandLine().getErr().println("bucket " + of + " is not in snapshot " + to);
        continue;
      }
      moments.compare(
          before,
          later.get(of),
          null,
          prefix,
          difference -> {
            sum.add(difference);
            if (admin.json()) {
              all.add(((ObjectNode) difference).put("bucket", of));
            } else {
              out().println(Differences.line(wanted.size() == 1 ? "" : of + '/', difference));
            }
          });
    }
    if (admin.json()) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.set("differences", all);
      out().println(sum.addTo(json));
    } else {
      out().println(sum);
    }
    return 0;
  }

  private static String path(String name) {
    return AdminPath.of("/snapshots", name);
  }

  static String line(JsonNode snapshot) {
    StringBuilder line = new StringBuilder(snapshot.path("name").asText());
    line.append(", of ")
        .append(
            snapshot.has("bucket") ? "bucket " + snapshot.path("bucket").asText() : "all buckets")
        .append(", made ")
        .append(snapshot.path("created").asText());
    if (snapshot.has("expires")) {
      line.append(", until ").append(snapshot.path("expires").asText());
    }
    String state = snapshot.path("state").asText();
    if (state.equals("making")) {
      line.append(", being made");
    } else if (state.equals("expired")) {
      line.append(" (expired: can still be read, until garbage collection removes it)");
    }
    return line.toString();
  }

  /** One that was there before: also how old it is, and what only it keeps. */
  static String listed(JsonNode snapshot) {
    return "%s; %s old, keeps %s, %s"
        .formatted(
            line(snapshot),
            SpanText.about(Duration.ofSeconds(snapshot.path("ageSeconds").asLong())),
            Counted.of(snapshot.path("keptObjects").asLong(), "object"),
            SizeText.of(snapshot.path("keptBytes").asLong()));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
