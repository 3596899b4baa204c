package io.sluice.load.bench;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/bench limits}: what the machine can do without any object store. */
@Command(
    name = "limits",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the machine's own limits: MD5, disk, bare Vert.x handlers, Raft commits.",
      "The handlers run in one child process; the client shares the processor with it."
    })
final class LimitsCommand implements Callable<Integer> {

  private static final long LARGE_BYTES = 64L * 1024 * 1024;

  @Option(names = "--seconds", defaultValue = "3", description = "Seconds for each figure.")
  private double seconds;

  @Option(names = "--event-loops", defaultValue = "1", description = "Event loops of the handlers.")
  private int eventLoops;

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final JsonObject figures = new JsonObject();

  @Override
  public Integer call() throws Exception {
    Vertx vertx = BenchCommand.lean();
    try (TemporaryDirectory directory = work.temporary("limits-")) {
      int port = FreePorts.one();
      List<String> javaOpts = List.of("-Xmx1g");
      try (ChildProcess child =
          BareChild.start(
              directory.path().resolve("bare"),
              port,
              javaOpts,
              eventLoops,
              directory.path().resolve("bare.log"))) {
        measure(new Driver(vertx, ServerOptions.endpoint(port), 64));
      }
    } finally {
      vertx.close();
    }
    if (json) {
      System.out.println(figures.encodePrettily());
    }
    return 0;
  }

  private void measure(Driver bare) throws IOException {
    String time = "seconds=" + seconds;
    show("MD5, one core", bare.rate("md5", time), "MB/s");
    show("write 64 MiB + fsync", bare.rate("disk", time), "MB/s");
    show("write 4 KiB + fsync, one file", bare.rate("sync", time), "1/s");
    Payload random = Payload.of(Payload.Kind.RANDOM);
    Payload text = Payload.of(Payload.Kind.TEXT);
    for (int streams : new int[] {1, 4}) {
      upload(bare, "bare-md5", "PUT 64 MiB random, MD5 + write + fsync", random, streams);
      upload(bare, "bare-zstd", "PUT 64 MiB text, MD5 + zstd 1 + write + fsync", text, streams);
      download(bare, "bare-pipe", "GET 64 MiB, AsyncFile pipe", streams);
      download(bare, "bare-sendfile", "GET 64 MiB, sendFile", streams);
    }
    LoadRun.Extent hello = LoadRun.Extent.ofSeconds(32, seconds);
    bare.measure("hello", "bare-hello", random, 4096, hello, s3 -> s3.get(1));
    LoadResult result = bare.measure("hello", "bare-hello", random, 4096, hello, s3 -> s3.get(1));
    show("hello 4 KiB, 32 clients", result.operationsPerSecond(), "1/s");
    String entries = time + "&clients=32&size=" + CompareCommand.COMMIT_BYTES;
    show("Raft commits of 4 KiB, 32 clients", bare.rate("ratis", entries), "1/s");
  }

  private void upload(Driver bare, String handler, String name, Payload payload, int streams)
      throws IOException {
    LoadRun.Extent extent = LoadRun.Extent.ofSeconds(streams, seconds);
    LoadResult result =
        bare.measure(name, handler, payload, LARGE_BYTES, extent, s3 -> s3.put(1_000_000));
    bare.rate("clean", "");
    show(name + ", " + streams + " streams", result.megabytesPerSecond(), "MB/s");
  }

  private void download(Driver bare, String handler, String name, int streams) throws IOException {
    LoadRun.Extent extent = LoadRun.Extent.ofSeconds(streams, seconds);
    LoadResult result =
        bare.measure(
            name, handler, Payload.of(Payload.Kind.RANDOM), LARGE_BYTES, extent, s3 -> s3.get(1));
    show(name + ", " + streams + " streams", result.megabytesPerSecond(), "MB/s");
  }

  private void show(String name, double rate, String unit) {
    figures.put(name + " [" + unit + "]", rate);
    if (!json) {
      System.out.printf(Locale.ROOT, "%-58s %,12.0f %s%n", name, rate, unit);
    }
  }
}
