package io.sluice.gateway.placement;

/**
 * A quantile of recent durations, in eight bytes: each duration above the estimate raises it a
 * little, each below lowers it less, in such a proportion that it comes to rest at the quantile. It
 * follows a change within about a hundred durations upwards, a thousand downwards. One thread at a
 * time records; any reads.
 *
 * @see <a href="https://arxiv.org/abs/1407.1121">Q. Ma, S. Muthukrishnan, M. Sandler, Frugal
 *     Streaming for Estimating Quantiles</a>
 */
final class LatencyQuantile {
  private static final double STEP = 0.1;

  private final double up;
  private final double down;
  private volatile double value;

  /**
   * @param quantile between 0 and 1
   */
  LatencyQuantile(double quantile) {
    this.up = Math.exp(STEP * quantile);
    this.down = Math.exp(-STEP * (1 - quantile));
  }

  void record(long nanos) {
    double now = value;
    value = now == 0 ? Math.max(1, nanos) : now * (nanos > now ? up : down);
  }

  /** In nanoseconds; 0 before the first. */
  double value() {
    return value;
  }
}
