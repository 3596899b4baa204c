package io.sluice.gateway.placement;

import java.util.concurrent.atomic.LongAdder;

/** What became of reads, since the start. For all threads. */
public final class ReadFigures {
  private final LongAdder reads = new LongAdder();
  private final LongAdder hedges = new LongAdder();
  private final LongAdder hedgesWon = new LongAdder();
  private final LongAdder failovers = new LongAdder();

  void read() {
    reads.increment();
  }

  void hedged() {
    hedges.increment();
  }

  void hedgeWon() {
    hedgesWon.increment();
  }

  void failedOver() {
    failovers.increment();
  }

  public long reads() {
    return reads.sum();
  }

  /** Reads for which a second replica was asked because the first took longer than usual. */
  public long hedges() {
    return hedges.sum();
  }

  /** Those of them in which the second was first. */
  public long hedgesWon() {
    return hedgesWon.sum();
  }

  /** How often another replica was asked because one had failed. */
  public long failovers() {
    return failovers.sum();
  }
}
