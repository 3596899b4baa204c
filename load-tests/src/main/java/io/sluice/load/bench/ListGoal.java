package io.sluice.load.bench;

import java.io.IOException;
import java.util.List;

/** A page of 1,000 keys costs the same in a big bucket as in a small one. */
final class ListGoal {

  private static final long SMALL_KEYS = 10_000;
  private static final int PAGE = 1000;
  private static final int FILL_CLIENTS = 64;
  private static final int LIST_CLIENTS = 4;

  /** "The same" within the noise of the measurement. */
  private static final double RATIO_MIN = 0.9;

  private ListGoal() {}

  static List<Goal> of(Driver ours, long keys, double seconds) {
    String small = "compare-list-small";
    String big = "compare-list-big";
    return List.of(
        new Goal(
            "page of 1,000 of " + keys + " keys",
            "1/s",
            RATIO_MIN,
            new Filled(ours, big, keys, seconds),
            new Filled(ours, small, SMALL_KEYS, seconds),
            List.of()));
  }

  /** Fills its bucket with empty objects when it is first measured. */
  private static final class Filled implements Goal.Rate {
    private final Driver driver;
    private final String bucket;
    private final long keys;
    private final double seconds;
    private final Payload nothing = Payload.of(Payload.Kind.RANDOM);
    private boolean filled;

    Filled(Driver driver, String bucket, long keys, double seconds) {
      this.driver = driver;
      this.bucket = bucket;
      this.keys = keys;
      this.seconds = seconds;
    }

    @Override
    public double measure() throws IOException {
      if (!filled) {
        driver.createBucket(bucket);
        LoadRun.Extent once = LoadRun.Extent.ofOperations(FILL_CLIENTS, keys);
        driver.measure("fill", bucket, nothing, 0, once, s3 -> s3.put(keys));
        filled = true;
      }
      LoadRun.Extent timed = LoadRun.Extent.ofSeconds(LIST_CLIENTS, seconds);
      return driver
          .measure("list", bucket, nothing, 0, timed, s3 -> s3.list(keys, PAGE))
          .operationsPerSecond();
    }
  }
}
