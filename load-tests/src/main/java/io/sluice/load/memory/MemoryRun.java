package io.sluice.load.memory;

import io.sluice.load.bench.BulkUpload;
import io.sluice.load.bench.SizeConverter;
import io.sluice.load.content.SeededContent;
import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/memory-run}: a small heap, loads that tempt a server to buffer, and its resident
 * memory in each.
 */
@Command(
    name = "memory-run",
    mixinStandardHelpOptions = true,
    description = {
      "Starts the server with -Xmx256m and measures its resident memory (Linux) while a big object goes up",
      "and down (verified), many slow clients upload at the same time, and very many small objects are put.",
      "Exit code 1 over the limit or on any error."
    })
public final class MemoryRun implements Callable<Integer> {

  private static final String BUCKET = "memory-run";
  private static final int PART_BYTES = 64 * 1024 * 1024;
  private static final long BIG_SEED = 77;
  private static final Duration READY_LIMIT = Duration.ofMinutes(1);
  private static final Duration REQUEST_LIMIT = Duration.ofMinutes(30);
  private static final int SMALL_CLIENTS = 32;

  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--big-size",
      defaultValue = "5GiB",
      converter = SizeConverter.class,
      description = "Size of the big object; 0 skips it (default: ${DEFAULT-VALUE}).")
  private long bigSize;

  @Option(
      names = "--slow-clients",
      defaultValue = "200",
      description = "Slow uploads at the same time (default: ${DEFAULT-VALUE}).")
  private int slowClients;

  @Option(
      names = "--slow-burst",
      defaultValue = "3MiB",
      converter = SizeConverter.class,
      description = "What a slow client sends at full speed first (default: ${DEFAULT-VALUE}).")
  private long slowBurst;

  @Option(
      names = "--slow-rate",
      defaultValue = "8KiB",
      converter = SizeConverter.class,
      description = "What it sends in each second afterwards (default: ${DEFAULT-VALUE}).")
  private long slowRate;

  @Option(
      names = "--slow-seconds",
      defaultValue = "30",
      description = "How long it goes on like that (default: ${DEFAULT-VALUE}).")
  private int slowSeconds;

  @Option(
      names = "--small-count",
      defaultValue = "500000",
      description = "Small objects (default: ${DEFAULT-VALUE}).")
  private long smallCount;

  @Option(
      names = "--small-size",
      defaultValue = "16KiB",
      converter = SizeConverter.class,
      description = "Size of a small object (default: ${DEFAULT-VALUE}).")
  private long smallSize;

  @Option(
      names = "--limit",
      defaultValue = "700MiB",
      converter = SizeConverter.class,
      description = "Resident memory that must not be exceeded (default: ${DEFAULT-VALUE}).")
  private long limitBytes;

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  private final HttpClient http = BlockingS3Client.sharedHttp();

  /** A load during which memory is watched. */
  @FunctionalInterface
  private interface Phase {
    void run() throws Exception;
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return RunCommandLine.of(new MemoryRun());
  }

  @Override
  public Integer call() throws Exception {
    serverOptions.preferJavaOpts("-Xmx256m");
    int port = FreePorts.one();
    try (TemporaryDirectory directory = work.temporary("memory-");
        ChildProcess server =
            serverOptions.start(
                directory.path().resolve("data"),
                port,
                work.path().resolve("memory-run-server.log"))) {
      server.readyWithin(READY_LIMIT);
      System.out.println("memory-run: server flags " + serverOptions.javaOpts());
      try (ResidentMemory memory = new ResidentMemory(server.pid())) {
        run(memory, ServerOptions.endpoint(port));
        long peak = memory.highWaterMark();
        boolean within = peak <= limitBytes;
        System.out.printf(
            Locale.ROOT,
            "peak resident memory %d MiB, limit %d MiB: %s%n",
            peak >> 20,
            limitBytes >> 20,
            within ? "met" : "exceeded");
        return within ? 0 : 1;
      }
    }
  }

  private void run(ResidentMemory memory, URI endpoint) throws Exception {
    BlockingS3Client client = client(endpoint);
    phase(memory, "idle", () -> client.createBucket(BUCKET));
    if (bigSize > 0) {
      phase(memory, "big object up, one PUT", () -> putBig(client));
      phase(memory, "big object down, verified", () -> checkBig(client, "big-single"));
      phase(memory, "big object up, multipart", () -> putBigInParts(client));
      phase(memory, "big object down, verified", () -> checkBig(client, "big-parts"));
    }
    if (slowClients > 0) {
      phase(memory, slowClients + " slow uploads", () -> slowUploads(endpoint));
    }
    if (smallCount > 0) {
      phase(
          memory,
          smallCount + " small PUTs",
          () -> BulkUpload.upload(endpoint, BUCKET, smallSize, smallCount, SMALL_CLIENTS));
    }
  }

  private static void phase(ResidentMemory memory, String name, Phase phase) throws Exception {
    memory.takePhasePeak();
    long start = System.nanoTime();
    phase.run();
    System.out.printf(
        Locale.ROOT,
        "%-28s peak %4d MiB, after %4d MiB, %.1f s%n",
        name,
        memory.takePhasePeak() >> 20,
        memory.now() >> 20,
        (System.nanoTime() - start) / 1e9);
  }

  private void putBig(BlockingS3Client client) throws IOException {
    require(
        client.putStream(
            BUCKET, "big-single", () -> SeededContent.stream(BIG_SEED, 0, bigSize), bigSize));
  }

  private void putBigInParts(BlockingS3Client client) throws IOException {
    String upload = client.createMultipartUpload(BUCKET, "big-parts");
    List<String> etags = new ArrayList<>();
    for (long from = 0; from < bigSize; from += PART_BYTES) {
      long offset = from;
      long length = Math.min(PART_BYTES, bigSize - from);
      etags.add(
          client.uploadPartStream(
              BUCKET,
              "big-parts",
              upload,
              etags.size() + 1,
              () -> SeededContent.stream(BIG_SEED, offset, length),
              length));
    }
    require(client.completeMultipartUpload(BUCKET, "big-parts", upload, etags));
  }

  private void checkBig(BlockingS3Client client, String key) throws IOException {
    CheckedDownload.check(client, BUCKET, key, BIG_SEED, bigSize);
  }

  private void slowUploads(URI endpoint) throws Exception {
    long length = slowBurst + slowRate * slowSeconds;
    ExecutorService threads = Executors.newFixedThreadPool(slowClients);
    try {
      List<Future<?>> uploads = new ArrayList<>();
      for (int i = 0; i < slowClients; i++) {
        int number = i;
        uploads.add(
            threads.submit(
                () -> {
                  slowUpload(client(endpoint), number, length);
                  return null;
                }));
      }
      for (Future<?> upload : uploads) {
        upload.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("a slow upload failed: " + e.getCause(), e);
    } finally {
      threads.shutdownNow();
    }
  }

  private void slowUpload(BlockingS3Client client, int number, long length) throws IOException {
    String key = "slow-" + number;
    require(
        client.putStream(
            BUCKET, key, () -> new SlowStream(number, slowBurst, length, slowRate), length));
    CheckedDownload.check(client, BUCKET, key, number, length);
  }

  private BlockingS3Client client(URI endpoint) {
    return new BlockingS3Client(
        http, endpoint, ServerOptions.credentials(), "us-east-1", REQUEST_LIMIT);
  }

  private static void require(S3Response response) throws IOException {
    if (!response.isSuccess()) {
      throw new IOException("the server answered " + response);
    }
  }
}
