package io.sluice.gateway.pipe;

import io.sluice.storage.chunk.ChunkRecord;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all uploads (or all downloads) together may hold in memory.
 *
 * <p>Two things keep it: the more members there are, the smaller the pieces in which each works, so
 * that hundreds of slow clients with half a chunk each fit. And when the limit is reached all the
 * same, every member that holds more than a floor stops reading and passes on what it has, until
 * there is room again. So memory is bounded by the limit plus the floor times the members, and
 * nobody waits for a member that waits itself.
 *
 * <p>Safe for use by many threads.
 */
public final class MemoryBudget {
  /** Pieces are multiples of this, and not smaller. */
  static final int STEP_BYTES = 64 << 10;

  /** A transfer. */
  interface Member {
    /** The limit was reached, or there is room again. Called on any thread; returns at once. */
    void pressureChanged();
  }

  private final long limitBytes;
  private final AtomicLong used = new AtomicLong();
  private final AtomicBoolean pressed = new AtomicBoolean();
  private final Set<Member> members = ConcurrentHashMap.newKeySet();
  private final AtomicLong memberCount = new AtomicLong();

  /**
   * @param limitBytes 1 MiB or more
   */
  public MemoryBudget(long limitBytes) {
    if (limitBytes < 1 << 20) {
      throw new IllegalArgumentException("a memory budget of " + limitBytes + " bytes");
    }
    this.limitBytes = limitBytes;
  }

  /** A quarter of the heap, 32 MiB to 512 MiB: what is in flight lies on it or beside it. */
  public static MemoryBudget ofHeap(long heapBytesMax) {
    long share = heapBytesMax / 4;
    return new MemoryBudget(Math.max(32L << 20, Math.min(512L << 20, share)));
  }

  void join(Member member) {
    if (members.add(member)) {
      memberCount.incrementAndGet();
    }
  }

  void leave(Member member) {
    if (members.remove(member)) {
      memberCount.decrementAndGet();
    }
  }

  void take(long bytes) {
    if (used.addAndGet(bytes) > limitBytes && pressed.compareAndSet(false, true)) {
      members.forEach(Member::pressureChanged);
    }
  }

  void give(long bytes) {
    if (used.addAndGet(-bytes) <= limitBytes / 4 * 3 && pressed.compareAndSet(true, false)) {
      members.forEach(Member::pressureChanged);
    }
  }

  /** Whether everyone should hold less. */
  boolean isPressed() {
    return pressed.get();
  }

  /** In what pieces a member should work now: 64 KiB to a whole chunk. */
  int pieceBytes() {
    long share = limitBytes / 2 / Math.max(1, memberCount.get());
    long rounded = share / STEP_BYTES * STEP_BYTES;
    return (int) Math.max(STEP_BYTES, Math.min(ChunkRecord.PLAIN_MAX, rounded));
  }

  public long usedBytes() {
    return used.get();
  }

  public long limitBytes() {
    return limitBytes;
  }

  /** How many transfers there are. */
  public long members() {
    return memberCount.get();
  }
}
