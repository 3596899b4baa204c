package io.sluice.load.bench;

import java.io.IOException;
import java.util.List;

/**
 * Objects of 4 KiB at 32 clients: uploads against Raft commits, downloads against a hello of the
 * same size.
 */
final class SmallGoals {

  private static final long SIZE = 4096;
  private static final int CLIENTS = 32;
  private static final int GET_OBJECTS = 1000;
  private static final String BUCKET = "compare-small";
  private static final double PUT_MIN = 0.35;
  private static final double GET_MIN = 0.5;

  private final Driver ours;
  private final Driver bare;
  private final double seconds;
  private final Payload random = Payload.of(Payload.Kind.RANDOM);
  private long nextObject = GET_OBJECTS;

  private SmallGoals(Driver ours, Driver bare, double seconds) {
    this.ours = ours;
    this.bare = bare;
    this.seconds = seconds;
  }

  static List<Goal> all(Driver ours, Driver bare, double seconds) throws IOException {
    SmallGoals small = new SmallGoals(ours, bare, seconds);
    ours.createBucket(BUCKET);
    return List.of(small.put(), small.get());
  }

  private Goal put() {
    String query = "seconds=" + seconds + "&clients=" + CLIENTS;
    return new Goal(
        "PUT 4 KiB, 32 clients",
        "1/s",
        PUT_MIN,
        () -> {
          LoadResult result =
              ours.measure("PUT", BUCKET, random, SIZE, timed(), s3 -> s3.putNew(nextObject));
          nextObject += result.operations();
          return result.operationsPerSecond();
        },
        () -> bare.rate("ratis", query + "&size=" + CompareCommand.COMMIT_BYTES),
        List.of());
  }

  private Goal get() {
    return new Goal(
        "GET 4 KiB, 32 clients",
        "1/s",
        GET_MIN,
        new Goal.Rate() {
          private boolean filled;

          @Override
          public double measure() throws IOException {
            if (!filled) {
              LoadRun.Extent once = LoadRun.Extent.ofOperations(CLIENTS, GET_OBJECTS);
              ours.measure("fill", BUCKET, random, SIZE, once, s3 -> s3.put(GET_OBJECTS));
              filled = true;
            }
            return SmallGoals.this.rate(ours, BUCKET);
          }
        },
        () -> rate(bare, "bare-hello"),
        List.of());
  }

  private double rate(Driver driver, String bucket) throws IOException {
    return driver
        .measure("GET", bucket, random, SIZE, timed(), s3 -> s3.get(GET_OBJECTS))
        .operationsPerSecond();
  }

  private LoadRun.Extent timed() {
    return LoadRun.Extent.ofSeconds(CLIENTS, seconds);
  }
}
