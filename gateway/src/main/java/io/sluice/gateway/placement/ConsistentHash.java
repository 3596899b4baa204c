package io.sluice.gateway.placement;

import io.sluice.storage.Rendezvous;

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
    long key = Rendezvous.mix(routingKey);
    int best = -1;
    double highest = 0;
    for (int i = 0; i < candidates.count(); i++) {
      if (!candidates.isEligible(i)) {
        continue;
      }
      double score =
          Rendezvous.score(key ^ Rendezvous.mix(candidates.key(i) + 1), candidates.weight(i));
      if (best < 0 || score > highest) {
        best = i;
        highest = score;
      }
    }
    return best;
  }
}
