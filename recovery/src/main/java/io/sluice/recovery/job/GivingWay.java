package io.sluice.recovery.job;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
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

  /** Of a piece of work that took longer, its place was slow, which costs clients nothing. */
  private static final long WORK_NANOS_MAX = Duration.ofSeconds(1).toNanos();

  /** A rest ends as soon as it is seen that the clients are gone. */
  private static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

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
        .<Void>emitter(this::goOnWhenRested)
        .chain(
            () -> {
              begin();
              return Uni.createFrom().deferred(work::get).onTermination().invoke(this::end);
            });
  }

  private void goOnWhenRested(UniEmitter<? super Void> goOn) {
    long rest = isPatient() ? untilRested() : 0;
    if (rest <= 0) {
      goOn.complete(null);
    } else {
      ScheduledFuture<?> unused =
          timers.schedule(
              () -> goOnWhenRested(goOn), Math.min(rest, LOOK_NANOS), TimeUnit.NANOSECONDS);
    }
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
      restUntil = Math.max(restUntil, now) + Math.min(now - workedSince, WORK_NANOS_MAX) * rests;
      workedSince = now;
      working--;
    } finally {
      lock.unlock();
    }
  }
}
