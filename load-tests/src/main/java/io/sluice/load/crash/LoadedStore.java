package io.sluice.load.crash;

import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A store under concurrent writers, and the model of what it must hold: loads a server until it is
 * killed, and checks one that was started again. The server may come and go; it is found at a port.
 */
public final class LoadedStore {

  private static final String BUCKET = "crash-run";

  /** A crash after fewer writes than this would show little. */
  private static final int ACKNOWLEDGED_MIN = 40;

  private static final double SLOW_PAUSE_SECONDS = 0.05;
  private static final int SLOW_PAUSES_MAX = 200;
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);

  private final Model model;
  private final Tally tally = new Tally();
  private final int writers;

  public LoadedStore(long seed, int writers) {
    this.model = new Model(seed);
    this.writers = writers;
  }

  /**
   * Writes for {@code seconds}, and on until some writes were acknowledged where the machine is
   * slow, then calls {@code kill} and waits for the writers to notice.
   *
   * @param cycle number of this stretch of load, from 1; the first one makes the bucket
   */
  public void loadUntilKilled(int cycle, int port, Random random, double seconds, Runnable kill)
      throws IOException, InterruptedException {
    // A new pool each time: connections to a dead server stay behind.
    HttpClient http = BlockingS3Client.sharedHttp();
    if (cycle == 1) {
      S3Response created = client(http, port).createBucket(BUCKET);
      if (!created.isSuccess()) {
        throw new IOException("cannot create a bucket: " + created);
      }
    }
    AtomicBoolean stopped = new AtomicBoolean();
    CrashWriter.Cycle shared = new CrashWriter.Cycle(cycle, BUCKET, model, tally, stopped::get);
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        Random own = new Random(random.nextLong());
        running.add(
            threads.submit(new CrashWriter(shared, "writer-" + i, client(http, port), own)));
      }
      long enough = tally.acknowledged() + ACKNOWLEDGED_MIN;
      pause(seconds);
      for (int i = 0; i < SLOW_PAUSES_MAX && tally.acknowledged() < enough; i++) {
        pause(SLOW_PAUSE_SECONDS);
      }
      kill.run();
      stopped.set(true);
      for (Future<?> writer : running) {
        writer.get(REQUEST_LIMIT.toSeconds() * 2, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("a writer failed", e);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Checks everything that was ever written.
   *
   * @param settle whether what is found becomes what is known; not when another copy of the same
   *     state will be checked
   */
  public void verify(int port, String when, boolean settle) throws IOException {
    BlockingS3Client client = client(BlockingS3Client.sharedHttp(), port);
    new Verifier(client, BUCKET, model, tally, when).verify(settle);
  }

  public void violation(String what) {
    tally.violation(what);
  }

  /** What went wrong so far; only the first ones are kept, {@link #violationCount} counts all. */
  public List<String> violations() {
    return tally.violations();
  }

  public long violationCount() {
    return tally.counted("violations");
  }

  public int keys() {
    return model.keys().size();
  }

  /** How many operations had which outcome. */
  public String countsText() {
    return tally.countsText();
  }

  /** Returns after that time; nothing wakes it earlier. */
  public static void pause(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static BlockingS3Client client(HttpClient http, int port) {
    return new BlockingS3Client(
        http,
        ServerOptions.endpoint(port),
        ServerOptions.credentials(),
        "us-east-1",
        REQUEST_LIMIT);
  }
}
