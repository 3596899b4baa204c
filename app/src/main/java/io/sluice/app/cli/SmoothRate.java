package io.sluice.app.cli;

/**
 * A rate as an exponential average over about half a minute: what one look saw, which may be one
 * large partition or many empty ones, does not make it jump. For one thread.
 */
final class SmoothRate {
  private static final double WINDOW_SECONDS = 30;

  private double weighted;
  private double weight;
  private double seconds;

  /**
   * Takes one more time into account.
   *
   * @param amount what was done in it
   * @param seconds how long it was, more than 0
   */
  void add(double amount, double seconds) {
    double kept = Math.exp(-seconds / WINDOW_SECONDS);
    weighted = weighted * kept + (1 - kept) * amount / seconds;
    // Divides by what was seen so far: the average of the first seconds is not one with zeros.
    weight = weight * kept + 1 - kept;
    this.seconds += seconds;
  }

  /** 0 before anything was added. */
  double perSecond() {
    return weight == 0 ? 0 : weighted / weight;
  }

  /** What all was added over. */
  double seconds() {
    return seconds;
  }

  void clear() {
    weighted = 0;
    weight = 0;
    seconds = 0;
  }
}
