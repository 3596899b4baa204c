package io.sluice.gateway.placement;

/**
 * Chooses one of several: the partition that a new chunk goes to, or the replica that a read asks.
 * Any partition will do for a new chunk, because a chunk's id names its partition: this freedom is
 * what balances load. Called by many threads at once.
 *
 * <p>Whether one is eligible is not the policies' business: what is broken, or much slower than the
 * others, is kept from them all.
 */
public interface BalancePolicy {
  /** What there is to choose from: a picture of now, which does not change during a choice. */
  interface Candidates {
    /** How many there are, at least 1. */
    int count();

    /** Whether one may be chosen. */
    boolean isEligible(int index);

    /** How busy one is: greater is busier; 0 when idle. */
    long load(int index);

    /** Requests that one has not answered yet. */
    int requestsInFlight(int index);

    /** How much one should get, relative to the others: greater than 0. */
    double weight(int index);

    /** Names one for as long as it exists, whatever its index is meanwhile. */
    long key(int index);
  }

  /** As in the configuration. */
  String policyName();

  /**
   * Chooses an eligible candidate.
   *
   * @param routingKey what is to be stored or read, for policies that keep like with like
   * @return its index; -1 if none is eligible
   */
  int choose(Candidates candidates, long routingKey);

  /** The first eligible candidate from {@code start} on, going round; -1 if none is. */
  static int firstEligible(Candidates candidates, int start) {
    int count = candidates.count();
    for (int i = 0; i < count; i++) {
      int index = (start + i) % count;
      if (candidates.isEligible(index)) {
        return index;
      }
    }
    return -1;
  }
}
