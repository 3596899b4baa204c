package io.sluice.recovery.job;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** How far a restore is. Any thread. */
public final class RestoreFigures {
  private static final int NAMED_MAX = 100;

  final LongAdder objectsSeen = new LongAdder();
  final LongAdder restored = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final LongAdder unchanged = new LongAdder();
  final LongAdder left = new LongAdder();
  final LongAdder damaged = new LongAdder();
  private final Queue<String> accountsLeft = new ConcurrentLinkedQueue<>();
  private final Queue<String> damagedNames = new ConcurrentLinkedQueue<>();

  /** Those that are restored, or would be. */
  public long restored() {
    return restored.sum();
  }

  /** Plain bytes of those. */
  public long bytes() {
    return bytes.sum();
  }

  /** Those that were the same already. */
  public long unchanged() {
    return unchanged.sum();
  }

  /** Those that differ and stay as they are. */
  public long left() {
    return left.sum();
  }

  /** Those of which something is missing or damaged. */
  public long damaged() {
    return damaged.sum();
  }

  public long objectsSeen() {
    return objectsSeen.sum();
  }

  void addDamaged(String name) {
    damaged.increment();
    if (damaged.sum() <= NAMED_MAX) {
      damagedNames.add(name);
    }
  }

  /** Some of those, BUCKET/KEY. */
  public List<String> damagedNames() {
    return List.copyOf(damagedNames);
  }

  void addAccountLeft(String name) {
    if (accountsLeft.size() < NAMED_MAX) {
      accountsLeft.add(name);
    }
  }

  /** Accounts that were not brought back, because others have their names or keys. */
  public List<String> accountsLeft() {
    return List.copyOf(accountsLeft);
  }
}
