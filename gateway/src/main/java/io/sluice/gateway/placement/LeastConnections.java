package io.sluice.gateway.placement;

import java.util.concurrent.atomic.AtomicInteger;

/** Whoever has the fewest requests to answer; equals take turns. */
public final class LeastConnections implements BalancePolicy {
  static final String NAME = "least-connections";

  private final AtomicInteger turn = new AtomicInteger();

  @Override
  public String policyName() {
    return NAME;
  }

  @Override
  public int choose(Candidates candidates, long routingKey) {
    int fewest = Integer.MAX_VALUE;
    int equals = 0;
    for (int i = 0; i < candidates.count(); i++) {
      int requests = candidates.isEligible(i) ? candidates.requestsInFlight(i) : Integer.MAX_VALUE;
      if (requests < fewest) {
        fewest = requests;
        equals = 0;
      }
      equals += requests == fewest && requests < Integer.MAX_VALUE ? 1 : 0;
    }
    if (equals == 0) {
      return -1;
    }
    // Not the next from some point on: whoever follows one that is busy would get its share too.
    int skip = Math.floorMod(turn.getAndIncrement(), equals);
    for (int i = 0; i < candidates.count(); i++) {
      if (candidates.isEligible(i) && candidates.requestsInFlight(i) == fewest && skip-- == 0) {
        return i;
      }
    }
    throw new IllegalStateException("candidates changed during a choice");
  }
}
