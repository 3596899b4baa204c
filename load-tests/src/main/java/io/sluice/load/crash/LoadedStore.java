package io.sluice.load.crash;

import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Random;
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

  /** Short enough that a writer does not spend a fault with one hung gateway. */
  private static final Duration PERSISTENT_REQUEST_LIMIT = Duration.ofSeconds(10);

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
      throws IOException {
    URI server = ServerOptions.endpoint(port);
    if (cycle == 1) {
      createBucket(server);
    }
    try (ContinuousLoad load = start(cycle, List.of(server), false, random)) {
      long enough = tally.acknowledged() + ACKNOWLEDGED_MIN;
      pause(seconds);
      for (int i = 0; i < SLOW_PAUSES_MAX && tally.acknowledged() < enough; i++) {
        pause(SLOW_PAUSE_SECONDS);
      }
      kill.run();
    }
  }

  /** Makes the bucket that all load goes to. */
  public void createBucket(URI server) throws IOException {
    client(BlockingS3Client.sharedHttp(), server, REQUEST_LIMIT).createBucket(BUCKET);
  }

  /**
   * Starts writers that go on through failures, from one gateway to the next, and read what they
   * wrote at any of them, until the load is closed.
   *
   * @param stretch number of this stretch of load, from 1; between two of them all is verified
   */
  public ContinuousLoad load(int stretch, List<URI> gateways, Random random) {
    return start(stretch, gateways, true, random);
  }

  private ContinuousLoad start(int stretch, List<URI> gateways, boolean persistent, Random random) {
    // A new pool each time: connections to a dead server stay behind.
    HttpClient http = BlockingS3Client.sharedHttp();
    Duration limit = persistent ? PERSISTENT_REQUEST_LIMIT : REQUEST_LIMIT;
    ContinuousLoad load = new ContinuousLoad(writers, limit);
    CrashWriter.Cycle shared =
        new CrashWriter.Cycle(stretch, BUCKET, model, tally, persistent, load::isStopped);
    for (int i = 0; i < writers; i++) {
      Random own = new Random(random.nextLong());
      List<BlockingS3Client> clients =
          gateways.stream().map(gateway -> client(http, gateway, limit)).toList();
      load.start(new CrashWriter(shared, "writer-" + i, clients, own));
    }
    return load;
  }

  /**
   * Checks everything that was ever written.
   *
   * @param settle whether what is found becomes what is known; not when another copy of the same
   *     state will be checked
   */
  public void verify(int port, String when, boolean settle) throws IOException {
    verifyAt(
        ServerOptions.endpoint(port),
        when,
        settle ? Verifier.Settling.ALL : Verifier.Settling.NONE);
  }

  /**
   * Checks everything that was ever written, at each of several gateways of one store, while nobody
   * writes. What the last one shows becomes what is known; writes that were not answered may still
   * come.
   */
  public void verify(List<URI> gateways, String when) throws IOException {
    for (int i = 0; i < gateways.size(); i++) {
      boolean last = i == gateways.size() - 1;
      verifyAt(
          gateways.get(i),
          when + ", gateway " + (i + 1),
          last ? Verifier.Settling.ANSWERED : Verifier.Settling.NONE);
    }
  }

  private void verifyAt(URI server, String when, Verifier.Settling settling) throws IOException {
    BlockingS3Client client = client(BlockingS3Client.sharedHttp(), server, REQUEST_LIMIT);
    new Verifier(client, BUCKET, model, tally, when).verify(settling);
  }

  /** How many writes of any kind were acknowledged. */
  public long acknowledged() {
    return tally.acknowledged();
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

  /**
   * Prints what went wrong.
   *
   * @param summary how the last line begins, which goes on with the number of violations
   * @return the exit code of the run: 0 when there was none
   */
  public int report(String summary) {
    violations().forEach(violation -> System.out.println("VIOLATION " + violation));
    System.out.println(summary + violationCount() + " violations");
    return violationCount() == 0 ? 0 : 1;
  }

  /** Returns after that time; nothing wakes it earlier. */
  public static void pause(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static BlockingS3Client client(HttpClient http, URI server, Duration limit) {
    return new BlockingS3Client(http, server, ServerOptions.credentials(), "us-east-1", limit);
  }
}
