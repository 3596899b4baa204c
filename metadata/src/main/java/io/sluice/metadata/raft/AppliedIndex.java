package io.sluice.metadata.raft;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Up to where a shard's log was applied here, for those who wait for it. Any thread. */
final class AppliedIndex {
  private final AtomicLong index = new AtomicLong(-1);
  // One for each round of reads that is under way: one, but for those that were given up.
  private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();

  private record Waiting(long index, CompletableFuture<Void> reached) {}

  /** Everything up to there was applied. Returns at once, unless what waits for it takes long. */
  void advance(long to) {
    index.accumulateAndGet(to, Math::max);
    if (!waiting.isEmpty()) {
      wake();
    }
  }

  private void wake() {
    long now = index.get();
    for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
      Waiting next = each.next();
      if (next.index() <= now || next.reached().isDone()) {
        each.remove();
        next.reached().complete(null);
      }
    }
  }

  /** Completes when everything up to {@code wanted} was applied; at once when it was already. */
  CompletableFuture<Void> reach(long wanted) {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    if (index.get() >= wanted) {
      reached.complete(null);
    } else {
      waiting.add(new Waiting(wanted, reached));
      // It may have got there meanwhile.
      wake();
    }
    return reached;
  }
}
