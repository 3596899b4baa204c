package io.sluice.gateway.placement;

import java.util.random.RandomGenerator;

/**
 * The less busy of two that are picked at random: nearly as good as looking at all of them, and
 * without every gateway running to the same idle one at once.
 *
 * @see <a href="https://www.eecs.harvard.edu/~michaelm/postscripts/mythesis.pdf">M. Mitzenmacher,
 *     The power of two choices in randomized load balancing</a>
 */
public final class PowerOfTwoChoices implements BalancePolicy {
  private static final int PICKS_MAX = 8;

  private final RandomGenerator random;

  /**
   * @param random safe for use by many threads
   */
  public PowerOfTwoChoices(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public String policyName() {
    return "power-of-two-choices";
  }

  @Override
  public int choose(Partitions partitions, long routingKey) {
    int best = -1;
    long bestLoad = 0;
    int found = 0;
    for (int picks = 0; picks < PICKS_MAX && found < 2; picks++) {
      int partition = random.nextInt(partitions.count());
      if (!partitions.isWritable(partition)) {
        continue;
      }
      found++;
      long load = partitions.load(partition);
      if (best < 0 || load < bestLoad) {
        best = partition;
        bestLoad = load;
      }
    }
    return best >= 0
        ? best
        : BalancePolicy.firstWritable(partitions, random.nextInt(partitions.count()));
  }
}
