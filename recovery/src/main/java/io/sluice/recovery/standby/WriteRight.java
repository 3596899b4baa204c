package io.sluice.recovery.standby;

import io.sluice.storage.proto.RoleRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * Whether this node may acknowledge writes (INVARIANTS 11). A cluster without a lease always may.
 * In one that has a lease a node may, for as long as the lease, after it <b>began</b> to look for a
 * greater epoch and found none. Whoever takes over waits for longer than that after its epoch was
 * there: a look that began later would have seen it.
 *
 * <p>Measured by this process's monotonic clock, which is read each time somebody asks. So a
 * process that stood still finds out before it acknowledges anything. A machine that was suspended
 * took that clock with it; so the wall clock may end the right too, and never lengthens it. Any
 * thread.
 */
public final class WriteRight {
  private final LongSupplier nanos;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  /** Written under the lock. */
  private volatile Held held = Held.nothing(0, 0);

  /**
   * @param revision of the role that it was heard of with
   * @param lease which one, by the revision of the role that set it: an epoch's number is another's
   *     too, at another place. 0: none is needed
   * @param looked whether there is a right at all
   */
  private record Held(long revision, long lease, boolean looked, long untilNanos, Instant until) {
    static Held nothing(long revision, long lease) {
      return new Held(revision, lease, false, 0, Instant.MIN);
    }
  }

  /**
   * When a look began.
   *
   * @param nanos by the monotonic clock
   * @param wall by the wall clock
   */
  record Moment(long nanos, Instant wall) {}

  /**
   * @param nanos a monotonic clock, as {@link System#nanoTime}
   * @param clock the wall clock
   */
  public WriteRight(LongSupplier nanos, InstantSource clock) {
    this.nanos = nanos;
    this.clock = clock;
  }

  /** For a look that begins. */
  Moment now() {
    return new Moment(nanos.getAsLong(), clock.instant());
  }

  private void change(UnaryOperator<Held> change) {
    lock.lock();
    try {
      held = change.apply(held);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Hears what the cluster is: by which lease it acknowledges, or that it needs none. What is older
   * than what was heard is passed over.
   */
  public void heard(RoleRecord role) {
    long lease = role.getRole() == RoleRecord.Role.ORDINARY ? role.getLease().getRevision() : 0;
    long revision = role.getRevision();
    change(
        now ->
            revision < now.revision() || lease == now.lease()
                ? now
                : Held.nothing(revision, lease));
  }

  /** The lease by which writes are acknowledged, as far as is known here; 0: by none. */
  public long lease() {
    return held.lease();
  }

  /**
   * A look found no greater epoch of another cluster.
   *
   * @param lease which one
   * @param began when the look began
   * @param span for how long it gives the right
   */
  void looked(long lease, Moment began, Duration span) {
    long untilNanos = began.nanos() + span.toNanos();
    change(
        now ->
            now.lease() == lease && (!now.looked() || untilNanos - now.untilNanos() > 0)
                ? new Held(now.revision(), lease, true, untilNanos, began.wall().plus(span))
                : now);
  }

  /** Another cluster is the primary. */
  void end() {
    change(now -> Held.nothing(now.revision(), now.lease()));
  }

  /** Whether writes may be acknowledged now. */
  public boolean holds() {
    return holds(held);
  }

  /** Whether those may be that were done by a lease. */
  boolean holds(long lease) {
    Held now = held;
    return now.lease() == lease && holds(now);
  }

  private boolean holds(Held now) {
    return now.lease() == 0
        || (now.looked()
            && now.untilNanos() - nanos.getAsLong() > 0
            && now.until().isAfter(clock.instant()));
  }

  /** How long they may be, if no look succeeds any more; zero: not at all. For people. */
  public Duration remaining() {
    Held now = held;
    long left = now.looked() ? now.untilNanos() - nanos.getAsLong() : 0;
    return Duration.ofNanos(Math.max(0, left));
  }
}
