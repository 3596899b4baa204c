package io.sluice.gateway.placement;

import java.util.concurrent.atomic.AtomicInteger;

/** One after another. */
public final class RoundRobin implements BalancePolicy {
  static final String NAME = "round-robin";

  private final AtomicInteger next = new AtomicInteger();

  @Override
  public String policyName() {
    return NAME;
  }

  @Override
  public int choose(Candidates candidates, long routingKey) {
    // Each that is passed over has had its turn: its neighbour must not get two.
    for (int tries = candidates.count(); tries > 0; tries--) {
      int index = Math.floorMod(next.getAndIncrement(), candidates.count());
      if (candidates.isEligible(index)) {
        return index;
      }
    }
    // Others took turns meanwhile, so some may not have been looked at.
    return BalancePolicy.firstEligible(candidates, 0);
  }
}
