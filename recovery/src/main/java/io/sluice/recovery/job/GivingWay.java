package io.sluice.recovery.job;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Lets clients go first. While requests of theirs are under way on this node, work is followed by a
 * rest of several times its length, the longer the more requests there are: of a machine that
 * clients keep busy the work takes a tenth, and all of one that is idle. A share, and not a rate,
 * because that fits small machines and large ones.
 *
 * <p>Only for so long: under a load that never ends the work would else be too late for its
 * purpose. For all threads.
 */
final class GivingWay {
  private static final int RESTS_PER_REQUEST = 2;
  private static final int RESTS_MAX = 9;

  private final IntSupplier requests;
  private final LongSupplier nanos;
  private final ScheduledExecutorService timers;
  private final long begun;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();

  /** Pieces of work under way, which share the machine. */
  private int working;

  private long workedSince;
  private long restUntil;

  /**
   * @param requests of clients that are under way on this node
   * @param nanos a monotonic clock
   * @param patience how long from now on clients go first
   */
  GivingWay(
      IntSupplier requests,
      LongSupplier nanos,
      ScheduledExecutorService timers,
      Duration patience) {
    this.requests = requests;
    this.nanos = nanos;
    this.timers = timers;
    this.begun = nanos.getAsLong();
    this.patience = patience;
    this.restUntil = begun;
  }

  /** Does a piece of work when it may; several at a time rest together for all of them. */
  <T> Uni<T> around(Supplier<Uni<T>> work) {
    return Uni.createFrom()
        .deferred(this::rested)
        .chain(
            () -> {
              begin();
              return Uni.createFrom().deferred(work::get).onTermination().invoke(this::end);
            });
  }

  private Uni<Void> rested() {
    Uni<Void> now = Uni.createFrom().voidItem();
    long rest = isPatient() ? untilRested() : 0;
    return rest <= 0 ? now : now.onItem().delayIt().onExecutor(timers).by(Duration.ofNanos(rest));
  }

  private boolean isPatient() {
    return requests.getAsInt() > 0 && nanos.getAsLong() - begun < patience.toNanos();
  }

  private long untilRested() {
    lock.lock();
    try {
      return restUntil - nanos.getAsLong();
    } finally {
      lock.unlock();
    }
  }

  private void begin() {
    lock.lock();
    try {
      if (working == 0) {
        workedSince = nanos.getAsLong();
      }
      working++;
    } finally {
      lock.unlock();
    }
  }

  /** What was worked since the last end is rested for: time in which several worked counts once. */
  private void end() {
    int rests = Math.min(RESTS_MAX, requests.getAsInt() * RESTS_PER_REQUEST);
    lock.lock();
    try {
      long now = nanos.getAsLong();
      restUntil = Math.max(restUntil, now) + (now - workedSince) * rests;
      workedSince = now;
      working--;
    } finally {
      lock.unlock();
    }
  }
}
