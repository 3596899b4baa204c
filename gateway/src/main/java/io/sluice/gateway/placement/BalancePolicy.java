package io.sluice.gateway.placement;

/**
 * Chooses the partition that a new chunk goes to. Any partition will do, because a chunk's id names
 * its partition: this freedom is what balances load. Called by many threads at once.
 */
public interface BalancePolicy {
  /** What there is to choose from. */
  interface Partitions {
    /** How many there are, at least 1. */
    int count();

    /** Whether a write quorum of a partition's replicas takes writes. */
    boolean isWritable(int partition);

    /** How busy a partition's replicas are: greater is busier; 0 when idle. */
    long load(int partition);
  }

  /** As in the configuration. */
  String policyName();

  /**
   * Chooses a writable partition.
   *
   * @param routingKey what is to be stored, for policies that keep like with like
   * @return -1 if none is writable
   */
  int choose(Partitions partitions, long routingKey);

  /** The first writable partition from {@code start} on, going round; -1 if none is. */
  static int firstWritable(Partitions partitions, int start) {
    int count = partitions.count();
    for (int i = 0; i < count; i++) {
      int partition = (start + i) % count;
      if (partitions.isWritable(partition)) {
        return partition;
      }
    }
    return -1;
  }
}
