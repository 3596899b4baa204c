package io.sluice.gateway.placement;

/**
 * The same for the same key, as long as it is eligible: weighted rendezvous hashing. When one drops
 * out, only its keys go elsewhere, and they spread over all the others; when it is back, it gets
 * exactly those again.
 */
public final class ConsistentHash implements BalancePolicy {
  static final String NAME = "consistent-hash";

  @Override
  public String policyName() {
    return NAME;
  }

  @Override
  public int choose(Candidates candidates, long routingKey) {
    long key = mix(routingKey);
    int best = -1;
    double highest = 0;
    for (int i = 0; i < candidates.count(); i++) {
      if (!candidates.isEligible(i)) {
        continue;
      }
      long hash = mix(key ^ mix(candidates.key(i) + 1));
      // Uniform in (0, 1): never 0, whose logarithm is no number.
      double uniform = ((hash >>> 11) + 0.5) * 0x1.0p-53;
      double score = -candidates.weight(i) / Math.log(uniform);
      if (best < 0 || score > highest) {
        best = i;
        highest = score;
      }
    }
    return best;
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
