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
    return BalancePolicy.firstEligible(
        candidates, Math.floorMod(next.getAndIncrement(), candidates.count()));
  }
}
