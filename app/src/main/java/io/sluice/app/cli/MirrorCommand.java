package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.app.config.ByteSize;
import io.sluice.app.config.TimeSpan;
import io.sluice.s3.http.PercentCoding;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice mirror}: buckets that are kept equal elsewhere. */
@Command(
    name = "mirror",
    description = "Keeps buckets equal at other S3 endpoints, as plain objects.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(add | list | status | remove)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class MirrorCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of add, list, status, remove is needed");
  }

  @Command(
      name = "add",
      description = "Mirrors a bucket from now on. Every node that may lead must reach the place.",
      mixinStandardHelpOptions = true)
  int add(
      @Mixin AdminOptions admin,
      @Parameters(index = "0", paramLabel = "BUCKET", description = "The bucket") String bucket,
      @Parameters(
              index = "1",
              paramLabel = "URL",
              description = "s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION")
          String url,
      @Option(names = "--name", paramLabel = "NAME", description = "Default: that of the bucket")
          @Nullable String name,
      @Option(names = "--prefix", paramLabel = "P", description = "Only keys that begin with P")
          @Nullable String prefix,
      @Option(
              names = "--delete-delay",
              paramLabel = "SPAN",
              converter = TimeSpan.class,
              description =
                  "What is deleted here goes there so much later, such as 7d. Default: at once")
          @Nullable Duration deleteDelay,
      @Option(
              names = "--credentials-file",
              paramLabel = "FILE",
              description =
                  "This file of the server, in the form of AWS's tools. Default:"
                      + " $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY of the server")
          @Nullable Path credentialsFile,
      @Option(
              names = "--bandwidth",
              paramLabel = "SIZE",
              converter = ByteSize.Converter.class,
              description = "Send no more than that a second, such as 100MiB. Default: no limit")
          @Nullable ByteSize bandwidth,
      @Option(
              names = "--overwrite",
              description = "Replace what has the same keys there; otherwise it must be empty")
          boolean overwrite,
      @Option(
              names = "--replication",
              description =
                  "Send what the rules of the bucket's replication configuration say, which its"
                      + " owner sets with PutBucketReplication")
          boolean replication) {
    Map<String, Object> wanted = new LinkedHashMap<>();
    wanted.put("bucket", bucket);
    wanted.put("url", url);
    wanted.put("overwrite", overwrite);
    wanted.put("replication", replication);
    putIfGiven(wanted, "name", name);
    putIfGiven(wanted, "prefix", prefix);
    putIfGiven(wanted, "credentialsFile", credentialsFile == null ? null : "" + credentialsFile);
    putIfGiven(wanted, "bytesPerSecondMax", bandwidth == null ? null : bandwidth.bytes());
    putIfGiven(wanted, "deleteDelaySeconds", deleteDelay == null ? null : deleteDelay.toSeconds());
    JsonNode made = admin.client().call("POST", "/mirrors", wanted);
    out().println(admin.json() ? made : "added mirror " + line(made));
    return 0;
  }

  private static void putIfGiven(Map<String, Object> wanted, String name, @Nullable Object value) {
    if (value != null) {
      wanted.put(name, value);
    }
  }

  @Command(name = "list", description = "Lists the mirrors.", mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin) {
    JsonNode answer = admin.client().call("GET", "/mirrors", null);
    if (admin.json()) {
      out().println(answer);
    } else if (answer.path("mirrors").isEmpty()) {
      out().println("no mirrors; sluice mirror add BUCKET URL adds one");
    } else {
      answer.path("mirrors").forEach(each -> out().println(line(each)));
    }
    return 0;
  }

  @Command(
      name = "status",
      description = "Shows how far mirrors are, and what is in their way.",
      mixinStandardHelpOptions = true)
  int status(
      @Mixin AdminOptions admin,
      @Parameters(arity = "0..1", paramLabel = "NAME", description = "Default: all")
          @Nullable String name) {
    JsonNode answer = admin.client().call("GET", name == null ? "/mirrors" : path(name), null);
    if (admin.json()) {
      out().println(answer);
    } else if (name != null) {
      show(answer);
    } else if (answer.path("mirrors").isEmpty()) {
      out().println("no mirrors");
    } else {
      answer.path("mirrors").forEach(this::show);
    }
    return 0;
  }

  private void show(JsonNode mirror) {
    out().println(line(mirror));
    if (mirror.has("arn")) {
      out()
          .printf(
              "  %d rules of the bucket's replication configuration go to %s%n",
              mirror.path("rules").asLong(), mirror.path("arn").asText());
    }
    out()
        .printf(
            Locale.ROOT,
            "  sent %d objects (%s), deleted %d; %d are waiting, %d can't be sent%n",
            mirror.path("objects").asLong(),
            SizeText.of(mirror.path("bytes").asLong()),
            mirror.path("deletes").asLong(),
            mirror.path("pendingObjects").asLong(),
            mirror.path("failing").size());
    if (mirror.path("left").asLong() > 0) {
      out().printf("  %d objects there are not in the bucket%n", mirror.path("left").asLong());
    }
    if (mirror.path("replicas").asLong() > 0) {
      out()
          .printf(
              "  %d came from a mirror, and were not sent on%n", mirror.path("replicas").asLong());
    }
    if (mirror.has("lastError")) {
      out()
          .printf(
              "  last error, %s: %s%n",
              mirror.path("lastErrorAt").asText(), mirror.path("lastError").asText());
    }
    for (JsonNode failing : mirror.path("failing")) {
      out()
          .printf(
              "  can't be sent since %s: %s: %s%n",
              failing.path("since").asText(),
              failing.path("key").asText(),
              failing.path("message").asText());
    }
  }

  @Command(
      name = "remove",
      description = "Ends a mirror. What is there stays as it is.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The mirror") String name) {
    admin.client().call("DELETE", path(name), null);
    out().println(admin.json() ? "{}" : "removed mirror " + name);
    return 0;
  }

  private static String path(String name) {
    return "/mirrors/" + PercentCoding.encode(name, false);
  }

  private static String line(JsonNode mirror) {
    String prefix = mirror.path("prefix").asText();
    String lag =
        mirror.has("lagSeconds")
            ? String.format(Locale.ROOT, ", %.0f s behind", mirror.path("lagSeconds").asDouble())
            : "";
    return "%s%s  %s%s to %s, %s%s"
        .formatted(
            mirror.path("name").asText(),
            mirror.has("arn") ? " (replication)" : "",
            mirror.path("bucket").asText(),
            prefix.isEmpty() ? "" : "/" + prefix,
            mirror.path("url").asText(),
            mirror.path("state").asText(),
            lag);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
