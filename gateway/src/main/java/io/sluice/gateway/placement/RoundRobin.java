package io.sluice.gateway.placement;

import java.util.concurrent.atomic.AtomicInteger;

/** One after another. */
public final class RoundRobin implements BalancePolicy {
  private final AtomicInteger next = new AtomicInteger();

  @Override
  public String policyName() {
    return "round-robin";
  }

  @Override
  public int choose(Partitions partitions, long routingKey) {
    return BalancePolicy.firstWritable(
        partitions, Math.floorMod(next.getAndIncrement(), partitions.count()));
  }
}
