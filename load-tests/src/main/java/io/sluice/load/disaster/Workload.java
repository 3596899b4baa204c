package io.sluice.load.disaster;

import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Writers that come and go, and the model of what they wrote. For one thread. */
final class Workload {
  private static final Duration STRETCH_LIMIT = Duration.ofMinutes(5);

  private final Model model;
  private final Map<String, Credentials> owners;
  private final int writers;
  private final Random random;
  private final Consumer<String> violations;

  /**
   * @param owners of the buckets that are written to
   * @param violations is told what the server should not have answered, by any thread
   */
  Workload(
      Model model,
      Map<String, Credentials> owners,
      int writers,
      Random random,
      Consumer<String> violations) {
    this.model = model;
    this.owners = owners;
    this.writers = writers;
    this.random = random;
    this.violations = violations;
  }

  /** A number of writes that are being done. */
  static final class Stretch implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final ExecutorService threads;
    private final List<Future<?>> running = new ArrayList<>();

    private Stretch(int writers) {
      this.threads = Executors.newFixedThreadPool(writers);
    }

    /** Lets each writer do what it is doing, and no more. */
    void stop() {
      stopped.set(true);
    }

    /** Waits until all is written. From then on nobody writes. */
    @Override
    public void close() throws IOException {
      try {
        for (Future<?> writer : running) {
          writer.get(STRETCH_LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("a writer failed: " + e, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } finally {
        stop();
        threads.shutdownNow();
      }
    }
  }

  /** Begins to write; that many writes altogether. */
  Stretch begin(List<URI> gateways, int writes) {
    Stretch stretch = new Stretch(writers);
    // Connections to nodes that are gone stay behind.
    HttpClient http = BlockingS3Client.sharedHttp();
    for (int i = 0; i < writers; i++) {
      Writer writer =
          new Writer(
              "writer-" + i,
              model,
              owners,
              http,
              gateways,
              writes / writers + 1,
              new Random(random.nextLong()),
              stretch.stopped::get,
              violations);
      stretch.running.add(stretch.threads.submit(writer));
    }
    return stretch;
  }
}
