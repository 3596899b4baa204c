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
    int count = candidates.count();
    int start = Math.floorMod(turn.getAndIncrement(), count);
    int best = -1;
    int fewest = Integer.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      int index = (start + i) % count;
      if (!candidates.isEligible(index)) {
        continue;
      }
      int requests = candidates.requestsInFlight(index);
      if (best < 0 || requests < fewest) {
        best = index;
        fewest = requests;
      }
    }
    return best;
  }
}
