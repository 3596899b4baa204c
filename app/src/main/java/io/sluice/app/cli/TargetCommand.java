package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.app.config.ByteSize;
import io.sluice.storage.SpanText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice target}: where backups go. */
@Command(
    name = "target",
    description = "Targets: where backups go.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(add | set | list | show | remove)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class TargetCommand implements Runnable {
  private static final String MIN_AGE = "min-age=";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "one of add, set, list, show, remove is needed");
  }

  @Command(
      name = "add",
      description = "Adds a target. Every node that may lead must reach it.",
      mixinStandardHelpOptions = true)
  int add(
      @Mixin AdminOptions admin,
      @Parameters(index = "0", paramLabel = "NAME", description = "Its name here") String name,
      @Parameters(
              index = "1",
              paramLabel = "URL",
              description =
                  "file:///PATH: a directory that is there, local or mounted; or"
                      + " s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION")
          String url,
      @Option(
              names = "--key-file",
              paramLabel = "FILE",
              description =
                  "Encrypt with the key in this file of the server: 32 bytes in hex or base64."
                      + " Without it nobody can read the backups again")
          @Nullable Path keyFile,
      @Option(
              names = "--credentials-file",
              paramLabel = "FILE",
              description =
                  "Of an s3:// target: this file of the server, in the form of AWS's tools."
                      + " Default: $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY of the server")
          @Nullable Path credentialsFile,
      @Option(
              names = "--bandwidth",
              paramLabel = "SIZE",
              converter = ByteSize.Converter.class,
              description = "Send no more than that a second, such as 100MiB. Default: no limit")
          @Nullable ByteSize bandwidth,
      @Mixin RetentionOptions retention) {
    Map<String, Object> wanted = new LinkedHashMap<>();
    wanted.put("name", name);
    wanted.put("url", url);
    if (keyFile != null) {
      wanted.put("keyFile", keyFile.toString());
    }
    if (credentialsFile != null) {
      wanted.put("credentialsFile", credentialsFile.toString());
    }
    if (bandwidth != null) {
      wanted.put("bytesPerSecondMax", bandwidth.bytes());
    }
    wanted.put("retention", retention.rules());
    JsonNode made = admin.client().call("POST", "/targets", wanted);
    if (admin.json()) {
      out().println(made);
      return 0;
    }
    out().println("added target " + line(made));
    try {
      clusters(admin.client(), name).forEach(this::showCluster);
    } catch (AdminClient.AdminException e) {
      spec.commandLine().getErr().println("what is in it is not known: " + e.getMessage());
    }
    return 0;
  }

  @Command(
      name = "set",
      description =
          "Sets which backups of a target sluice backup prune keeps, what is asked of them, and who"
              + " is told when that is missed. Objectives that are not given stay; rules are"
              + " given all together.",
      mixinStandardHelpOptions = true)
  int set(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The target") String name,
      @Mixin RetentionOptions retention,
      @Option(names = "--keep-all", description = "No rules: nothing goes") boolean keepAll,
      @Mixin ObjectiveOptions objectives) {
    boolean rulesGiven = !retention.rules().isEmpty();
    if (keepAll ? rulesGiven : !rulesGiven && objectives.given().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "rules such as --keep-last 7, or --keep-all, or one of --rpo, --rto, --alert-url");
    }
    AdminClient client = admin.client();
    if (!objectives.given().isEmpty()) {
      JsonNode set = client.call("PUT", path(name) + "/objectives", objectives.given());
      if (!rulesGiven && !keepAll) {
        out().println(admin.json() ? set : "target " + name + " is set");
        return 0;
      }
    }
    JsonNode changed =
        client.call("PUT", path(name) + "/retention", Map.of("retention", retention.rules()));
    out().println(admin.json() ? changed : "target " + name + " keeps " + rules(changed));
    return 0;
  }

  private static String rules(JsonNode target) {
    StringJoiner rules = new StringJoiner(", ");
    target.path("retention").forEach(rule -> rules.add(rule(rule.asText())));
    return rules.length() == 0 ? "all backups" : rules.toString();
  }

  /** As it is kept, but for spans, which are kept as machines write them. */
  private static String rule(String kept) {
    return kept.startsWith(MIN_AGE)
        ? MIN_AGE + SpanText.of(Duration.parse(kept.substring(MIN_AGE.length())))
        : kept;
  }

  @Command(
      name = "list",
      description = "Lists the targets, and how far their backups are.",
      mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin) {
    admin.list(
        "/targets",
        "targets",
        "no targets; sluice target add NAME URL adds one",
        (out, each) -> out.println(line(each)));
    return 0;
  }

  @Command(
      name = "show",
      description = "Shows a target, and of which clusters it has backups.",
      mixinStandardHelpOptions = true)
  int show(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The target") String name) {
    AdminClient client = admin.client();
    JsonNode target = client.call("GET", path(name), null);
    JsonNode clusters = clusters(client, name);
    if (admin.json()) {
      out().println(((ObjectNode) target).set("clusters", clusters).toString());
      return 0;
    }
    out().println(line(target));
    clusters.forEach(this::showCluster);
    if (clusters.isEmpty()) {
      out().println("  no backups in it");
    }
    return 0;
  }

  private static JsonNode clusters(AdminClient client, String name) {
    return client.call("GET", path(name) + "/clusters", null).path("clusters");
  }

  private void showCluster(JsonNode cluster) {
    out()
        .printf(
            "  cluster %s%s: %s, the newest begun %s%n",
            cluster.path("clusterId").asText(),
            cluster.path("own").asBoolean() ? ", this one" : "",
            Counted.of(cluster.path("backups").asLong(), "backup"),
            cluster.path("newest").asText("never"));
  }

  /** What a target has of another cluster. */
  static String otherLine(JsonNode other) {
    return "%s also has %s of cluster %s, the newest begun %s; restore --cluster-id takes them"
        .formatted(
            other.path("target").asText(),
            Counted.of(other.path("backups").asLong(), "backup"),
            other.path("clusterId").asText(),
            other.path("newest").asText("never"));
  }

  @Command(
      name = "remove",
      description =
          "Forgets a target, with its schedules, rules and objectives. The backups in it stay as"
              + " they are.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The target") String name) {
    return admin.remove(path(name), "target " + name);
  }

  static String path(String name) {
    return AdminPath.of("/targets", name);
  }

  static String line(JsonNode target) {
    StringBuilder line =
        new StringBuilder(target.path("name").asText())
            .append("  ")
            .append(target.path("url").asText());
    if (target.path("encrypted").asBoolean()) {
      line.append(", encrypted");
    }
    if (!target.path("retention").isEmpty()) {
      line.append(", ").append(rules(target));
    }
    JsonNode last = target.path("last");
    if (last.isMissingNode()) {
      line.append(", no backup yet");
    } else {
      line.append(", last ")
          .append(last.path("kind").asText())
          .append(' ')
          .append(last.path("completed").asText());
    }
    if (target.has("running")) {
      line.append(", a ").append(target.path("running").path("kind").asText()).append(" runs");
    }
    return line.toString();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
