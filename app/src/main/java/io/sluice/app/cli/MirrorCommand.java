package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.app.config.ByteSize;
import io.sluice.app.config.TimeSpan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
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
    description = "Keeps buckets equal at other S3 endpoints or in directories, as plain objects.",
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
              description =
                  "s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION, or"
                      + " file:///DIRECTORY, which is there on every node")
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
    out().println(admin.json() ? made : "added mirror " + MirrorText.line(made));
    return 0;
  }

  private static void putIfGiven(Map<String, Object> wanted, String name, @Nullable Object value) {
    if (value != null) {
      wanted.put(name, value);
    }
  }

  @Command(name = "list", description = "Lists the mirrors.", mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin) {
    admin.list(
        "/mirrors",
        "mirrors",
        "no mirrors; sluice mirror add BUCKET URL adds one",
        (out, each) -> out.println(MirrorText.line(each)));
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
    if (name == null) {
      admin.list("/mirrors", "mirrors", "no mirrors", MirrorText::print);
      return 0;
    }
    JsonNode mirror = admin.client().call("GET", path(name), null);
    if (admin.json()) {
      out().println(mirror);
    } else {
      MirrorText.print(out(), mirror);
    }
    return 0;
  }

  @Command(
      name = "remove",
      description = "Ends a mirror. What is there stays as it is.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "The mirror") String name) {
    return admin.remove(path(name), "mirror " + name);
  }

  private static String path(String name) {
    return AdminPath.of("/mirrors", name);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
