package io.sluice.recovery.backup.target.s3;

import java.time.Duration;

/**
 * How long, and how often.
 *
 * @param connect to reach the endpoint
 * @param answer for an answer's head after the request, and for its body; each byte gets time of
 *     its own on top
 * @param slowAnswer the same for what may take an endpoint minutes
 * @param attemptsMax of one request, the first among them
 * @param pauseMin before the second attempt; doubled before each further one
 * @param pauseMax between attempts, but where the endpoint asks for more
 * @param retryingMax from the first attempt to the beginning of the last
 */
record S3Limits(
    Duration connect,
    Duration answer,
    Duration slowAnswer,
    int attemptsMax,
    Duration pauseMin,
    Duration pauseMax,
    Duration retryingMax) {
  static final S3Limits DEFAULT =
      new S3Limits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofMinutes(5),
          10,
          Duration.ofMillis(100),
          Duration.ofSeconds(20),
          Duration.ofMinutes(5));

  /** The slowest link that is good enough: 64 KB/s. */
  private static final int BYTES_A_MILLISECOND = 64;

  /** Of requests that only tidy up, or to an endpoint that never answered yet. */
  private static final int ATTEMPTS_FEW = 3;

  /** For whoever has no use for an answer that comes later, and asks again by itself. */
  S3Limits once(Duration patience) {
    Duration reach = patience.compareTo(connect) < 0 ? patience : connect;
    return new S3Limits(reach, patience, patience, 1, pauseMin, pauseMax, retryingMax);
  }

  /** How long an answer to a request, or a body, may take. */
  Duration deadline(S3Call call, long bytes) {
    return (call.isSlow() ? slowAnswer : answer).plusMillis(bytes / BYTES_A_MILLISECOND);
  }

  int attempts(boolean few) {
    return few ? Math.min(ATTEMPTS_FEW, attemptsMax) : attemptsMax;
  }

  /**
   * How long to wait before another attempt.
   *
   * @param attempt the one that failed, from 1
   * @param jitter from 0 to 1, so that many who failed together don't come back together
   */
  Duration pause(int attempt, double jitter) {
    long full = pauseMin.toNanos() << Math.min(attempt - 1, 20);
    long most = Math.min(full, pauseMax.toNanos());
    return Duration.ofNanos((long) (most * (1 + jitter) / 2));
  }
}
