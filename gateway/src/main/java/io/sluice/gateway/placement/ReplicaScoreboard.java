package io.sluice.gateway.placement;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How replicas have answered lately, as seen from here: how long they take, and which of them stand
 * out, because they fail more often than not or take several times as long as the others. Such an
 * outlier is passed over for a while, then tried again. This is beside the breakers, which open
 * when a node does not answer at all. Safe for use by many threads.
 */
final class ReplicaScoreboard {
  /** How long an outlier is passed over. */
  static final Duration PASSED_OVER = Duration.ofSeconds(5);

  /** Below this nobody is slow, whatever the others manage. */
  static final Duration SLOW_MIN = Duration.ofMillis(50);

  private static final Duration LOOK_INTERVAL = Duration.ofMillis(50);
  private static final double SLOW_FACTOR = 4;
  private static final double FAILED_SHARE_MAX = 0.5;
  private static final int JUDGED_AFTER_ANSWERS = 10;
  private static final int JUDGED_AFTER_FAILURES = 5;

  /** What one answer counts beside those before it. */
  private static final double WEIGHT_OF_ONE = 0.1;

  /** Disks of a cluster; more only if layouts change for years without a restart. */
  private static final int REPLICAS_MAX = 16_384;

  private final ConcurrentMap<String, Score> scores = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;
  private volatile double usualP95Nanos;
  private volatile long lookedAtNanos;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  ReplicaScoreboard(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  private static final class Score {
    private final ReentrantLock lock = new ReentrantLock();
    private final LatencyQuantile p95 = new LatencyQuantile(0.95);
    private int judged;
    private double failedShare;
    private volatile double meanNanos;
    private volatile boolean hasMean;
    private volatile boolean isOut;
    private volatile long outSinceNanos;

    void answered(long nanos) {
      meanNanos = judged == 0 ? nanos : meanNanos + WEIGHT_OF_ONE * (nanos - meanNanos);
      failedShare -= WEIGHT_OF_ONE * failedShare;
      p95.record(nanos);
      judged++;
      hasMean = judged >= JUDGED_AFTER_ANSWERS;
    }

    void failed() {
      failedShare += WEIGHT_OF_ONE * 2 * (1 - failedShare);
      judged++;
    }

    void passOver(long now) {
      judged = 0;
      failedShare = 0;
      hasMean = false;
      outSinceNanos = now;
      isOut = true;
    }
  }

  /** A replica answered, or had not after so long. */
  void answered(String replicaId, long nanos) {
    Score score = scoreOf(replicaId);
    score.lock.lock();
    try {
      score.answered(nanos);
      boolean slow =
          score.hasMean
              && score.meanNanos > SLOW_MIN.toNanos()
              && score.meanNanos > SLOW_FACTOR * usual(score, other -> other.meanNanos)
              && mayPassOverMore();
      if (slow) {
        score.passOver(nanoTime.getAsLong());
      }
    } finally {
      score.lock.unlock();
    }
  }

  /**
   * At most a quarter is passed over for being slow, or one: the others have to do their work, and
   * would be slow next.
   */
  private boolean mayPassOverMore() {
    long now = nanoTime.getAsLong();
    long out =
        scores.values().stream()
            .filter(score -> score.isOut && now - score.outSinceNanos < PASSED_OVER.toNanos())
            .count();
    return out < Math.max(1, scores.size() / 4);
  }

  /** A replica failed to do what it was asked. */
  void failed(String replicaId) {
    Score score = scoreOf(replicaId);
    score.lock.lock();
    try {
      score.failed();
      if (score.judged >= JUDGED_AFTER_FAILURES && score.failedShare > FAILED_SHARE_MAX) {
        score.passOver(nanoTime.getAsLong());
      }
    } finally {
      score.lock.unlock();
    }
  }

  /** Whether others should be preferred for now. */
  boolean isOutlier(String replicaId) {
    Score score = scores.get(replicaId);
    if (score == null || !score.isOut) {
      return false;
    }
    if (nanoTime.getAsLong() - score.outSinceNanos < PASSED_OVER.toNanos()) {
      return true;
    }
    score.isOut = false;
    return false;
  }

  /**
   * The time within which a usual replica gives 95 of 100 answers; of several the lower median, so
   * that slow ones don't make everyone patient.
   *
   * @param unknown when there were too few answers
   */
  long usualP95Nanos(long unknown) {
    long now = nanoTime.getAsLong();
    double usual = usualP95Nanos;
    // Two threads may look at once: they find the same.
    if (usual == 0 || now - lookedAtNanos > LOOK_INTERVAL.toNanos()) {
      usual = usual(null, score -> score.p95.value());
      lookedAtNanos = now;
      usualP95Nanos = usual;
    }
    return usual == Double.POSITIVE_INFINITY ? unknown : (long) usual;
  }

  /** The lower median of all but one; infinite when there is none to compare with. */
  private double usual(@Nullable Score except, ToDoubleFunction<Score> figure) {
    double[] figures =
        scores.values().stream()
            .filter(score -> score != except && score.hasMean)
            .mapToDouble(figure)
            .toArray();
    if (figures.length == 0) {
      return Double.POSITIVE_INFINITY;
    }
    Arrays.sort(figures);
    return figures[(figures.length - 1) / 2];
  }

  private Score scoreOf(String replicaId) {
    if (scores.size() > REPLICAS_MAX) {
      scores.clear();
    }
    return scores.computeIfAbsent(replicaId, id -> new Score());
  }
}
