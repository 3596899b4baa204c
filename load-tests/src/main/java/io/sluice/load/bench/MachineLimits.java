package io.sluice.load.bench;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The limits that any result can be held against. Measured right after it, in a child process on
 * the machine of the client: they mean something when the server runs on the same machine.
 *
 * @param md5 one core, MB/s
 * @param disk 64 MiB written and fsynced, MB/s
 * @param download 64 MiB by a plain Vert.x handler, MB/s
 * @param hello answers of 4 KiB, 32 clients, 1/s
 * @param commits Raft entries of 4 KiB, 32 clients, 1/s
 */
record MachineLimits(double md5, double disk, double download, double hello, double commits) {

  private static final long LARGE_BYTES = 64L * 1024 * 1024;
  private static final int CLIENTS = 32;

  /** Starts the bare handlers, measures for {@code seconds} each, and stops them. */
  static MachineLimits measure(Vertx vertx, Path workDirectory, double seconds) throws IOException {
    try (TemporaryDirectory directory = TemporaryDirectory.in(workDirectory, "limits-")) {
      int port = FreePorts.one();
      Path root = directory.path();
      try (ChildProcess child =
          BareChild.start(
              root.resolve("bare"), port, List.of("-Xmx1g"), 1, root.resolve("bare.log"))) {
        return measure(new Driver(vertx, ServerOptions.endpoint(port), CLIENTS), seconds);
      }
    }
  }

  private static MachineLimits measure(Driver bare, double seconds) throws IOException {
    Payload payload = Payload.of(Payload.Kind.RANDOM);
    LoadRun.Extent one = LoadRun.Extent.ofSeconds(1, seconds);
    LoadRun.Extent many = LoadRun.Extent.ofSeconds(CLIENTS, seconds);
    double download = 0;
    double hello = 0;
    // The first round of each compiles the code.
    for (int round = 0; round < 2; round++) {
      download =
          bare.measure("download", "bare-pipe", payload, LARGE_BYTES, one, s3 -> s3.get(1))
              .megabytesPerSecond();
      hello =
          bare.measure("hello", "bare-hello", payload, 4096, many, s3 -> s3.get(1))
              .operationsPerSecond();
    }
    String time = "seconds=" + seconds;
    String entries = time + "&clients=" + CLIENTS + "&size=" + CompareCommand.COMMIT_BYTES;
    return new MachineLimits(
        bare.rate("md5", time),
        bare.rate("disk", time),
        download,
        hello,
        bare.rate("ratis", entries));
  }

  /** The result as multiples of each limit that is measured in its unit. */
  String toText(LoadResult result) {
    double bytes = result.megabytesPerSecond();
    double operations = result.operationsPerSecond();
    return String.format(
        Locale.ROOT,
        "  bytes:      %.2f x MD5 of a core (%,.0f MB/s), %.2f x disk write + fsync (%,.0f MB/s),"
            + " %.2f x plain Vert.x download (%,.0f MB/s)%n"
            + "  operations: %.2f x Raft commits of 4 KiB (%,.0f/s), %.2f x hello of 4 KiB (%,.0f/s)",
        bytes / md5,
        md5,
        bytes / disk,
        disk,
        bytes / download,
        download,
        operations / commits,
        commits,
        operations / hello,
        hello);
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("md5MegabytesPerSecond", md5)
        .put("diskMegabytesPerSecond", disk)
        .put("downloadMegabytesPerSecond", download)
        .put("helloPerSecond", hello)
        .put("raftCommitsPerSecond", commits);
  }
}
