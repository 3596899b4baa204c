package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.app.config.ByteSize;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup drill}. */
@Command(
    name = "drill",
    description = {
      "Tries whether the newest backup of a target can be restored, and how fast.",
      "The server that is asked restores it, or a sample, into a directory of its own, compares each"
          + " object with what was uploaded, and removes it. Ends with 1 when something is wrong."
    },
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class BackupDrillCommand implements Callable<Integer> {
  private static final int PROBLEMS_SHOWN_MAX = 20;

  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Parameters(paramLabel = "TARGET", description = "The target")
  private String target;

  @ArgGroup(multiplicity = "0..1")
  private HowMuch howMuch = new HowMuch();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Chooses the sample: the same seed, the same objects. Default: 1")
  private long seed = 1;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description =
          "Make the directory in this one of the server. Default: that for temporary files")
  private @Nullable String to;

  @Option(
      names = "--space",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description =
          "Have no more than that on the disk at a time; objects of more than half of it are left"
              + " out. Default: 1GiB")
  private @Nullable ByteSize space;

  /** A sample or everything. */
  static final class HowMuch {
    @Option(
        names = "--sample",
        paramLabel = "SHARE",
        description = "This share of the objects, such as 0.01")
    double sample = 1;

    @Option(names = "--all", description = "Every object, which is the default")
    boolean all;
  }

  @Override
  public Integer call() throws InterruptedException {
    Map<String, Object> wanted = new LinkedHashMap<>();
    wanted.put("share", howMuch.sample);
    wanted.put("seed", seed);
    if (to != null) {
      wanted.put("directory", to);
    }
    if (space != null) {
      wanted.put("spaceMax", space.bytes());
    }
    ProgressBar bar = ProgressBar.ofBytes(spec.commandLine().getErr());
    JsonNode result;
    try {
      result =
          TargetTask.run(
              admin.client(),
              target,
              "drill",
              wanted,
              now -> bar.show(now.path("bytesDone").asLong(), now.path("bytesAll").asLong()));
    } finally {
      bar.end();
    }
    if (admin.json()) {
      out().println(result);
    } else {
      print(result);
    }
    return result.path("good").asBoolean() ? 0 : 1;
  }

  private void print(JsonNode result) {
    int shown = 0;
    for (JsonNode problem : result.path("problems")) {
      if (shown++ < PROBLEMS_SHOWN_MAX) {
        out()
            .println(
                "not restored: "
                    + problem.path("name").asText()
                    + ": "
                    + problem.path("what").asText());
      }
    }
    long bytes = result.path("bytes").asLong();
    double seconds = result.path("seconds").asDouble();
    out()
        .printf(
            Locale.ROOT,
            "%s: %s of backup %s: %s (%s) in %.1f s, %s/s%s%n",
            result.path("good").asBoolean() ? "as it was uploaded" : "FAILED",
            howMuch.sample < 1 ? "a sample, " + ShareText.of(howMuch.sample) : "everything",
            result.path("id").asText(),
            Counted.of(result.path("objects").asLong(), "object"),
            SizeText.of(bytes),
            seconds,
            SizeText.of(Math.round(bytes / Math.max(seconds, 0.001))),
            rest(result));
  }

  private static String rest(JsonNode result) {
    long failed = result.path("failed").asLong();
    long leftOut = result.path("leftOut").asLong();
    return (failed == 0 ? "" : "; " + Counted.of(failed, "object") + " not restored")
        + (leftOut == 0
            ? ""
            : "; left out " + Counted.of(leftOut, "object") + " of more than half of --space");
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
