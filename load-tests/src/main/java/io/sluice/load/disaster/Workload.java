package io.sluice.load.disaster;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.S3Response;
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
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** Writers that come and go, and the model of what they wrote. For one thread. */
public final class Workload {
  private static final Duration STRETCH_LIMIT = Duration.ofMinutes(5);

  private final Model model;
  private final Map<String, Credentials> owners;
  private final int writers;
  private final Random random;
  private final BiConsumer<String, S3Response> unexpected;

  /**
   * @param owners of the buckets that are written to
   * @param unexpected is told what a healthy server does not answer, and of which object; by any
   *     thread
   */
  public Workload(
      Model model,
      Map<String, Credentials> owners,
      int writers,
      Random random,
      BiConsumer<String, S3Response> unexpected) {
    this.model = model;
    this.owners = owners;
    this.writers = writers;
    this.random = random;
    this.unexpected = unexpected;
  }

  /** A number of writes that are being done. */
  public static final class Stretch implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final ExecutorService threads;
    private final List<Future<?>> running = new ArrayList<>();
    private final boolean endless;

    private Stretch(int writers, boolean endless) {
      this.endless = endless;
      this.threads = Executors.newFixedThreadPool(writers);
    }

    /** Lets each writer do what it is doing, and no more. */
    public void stop() {
      stopped.set(true);
    }

    private boolean isStoppedAfter(double seconds) {
      LoadedStore.pause(seconds);
      return stopped.get();
    }

    /**
     * Waits until all is written; of an endless one, what was begun. From then on nobody writes.
     */
    @Override
    public void close() throws IOException {
      if (endless) {
        stop();
      }
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
  public Stretch begin(List<URI> gateways, int writes) {
    Stretch stretch = new Stretch(writers, false);
    return begin(gateways, writes / writers + 1, stretch, stretch.stopped::get);
  }

  /**
   * Begins to write, until that is closed.
   *
   * @param pause of each writer before each write, in seconds
   */
  public Stretch beginEndless(List<URI> gateways, double pause) {
    Stretch stretch = new Stretch(writers, true);
    return begin(gateways, Integer.MAX_VALUE, stretch, () -> stretch.isStoppedAfter(pause));
  }

  private Stretch begin(
      List<URI> gateways, int writesEach, Stretch stretch, BooleanSupplier stopped) {
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
              writesEach,
              new Random(random.nextLong()),
              stopped,
              unexpected);
      stretch.running.add(stretch.threads.submit(writer));
    }
    return stretch;
  }
}
