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
  static final String NAME = "power-of-two-choices";

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
    return NAME;
  }

  @Override
  public int choose(Candidates candidates, long routingKey) {
    int count = candidates.count();
    int best = -1;
    long bestLoad = 0;
    for (int picks = 0; picks < PICKS_MAX; picks++) {
      int index = random.nextInt(count);
      if (index == best || !candidates.isEligible(index)) {
        continue;
      }
      long load = candidates.load(index);
      if (best >= 0) {
        return load < bestLoad ? index : best;
      }
      best = index;
      bestLoad = load;
    }
    return best >= 0 ? best : BalancePolicy.firstEligible(candidates, random.nextInt(count));
  }
}
