package io.sluice.recovery.job;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Lets clients go first. While requests of theirs are under way on this node, each piece of work is
 * followed by a rest of several times its length: of a machine that clients keep busy the work
 * takes a small share, and all of one that is idle. A share, and not a rate, because that fits
 * small machines and large ones.
 *
 * <p>Only for so long: under a load that never ends the work would else be too late for its
 * purpose. For all threads.
 */
final class GivingWay {
  private static final int RESTS_PER_WORK = 9;
  private static final Duration REST_MAX = Duration.ofSeconds(1);

  private final IntSupplier requests;
  private final LongSupplier nanos;
  private final ScheduledExecutorService timers;
  private final long begun;
  private final Duration patience;

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
  }

  /** Does a piece of work, and rests after it if need be. Fails at once if the work does. */
  <T> Uni<T> around(Supplier<Uni<T>> work) {
    return Uni.createFrom()
        .deferred(
            () -> {
              long from = nanos.getAsLong();
              return work.get().call(() -> rest(nanos.getAsLong() - from));
            });
  }

  private Uni<Void> rest(long worked) {
    Uni<Void> now = Uni.createFrom().voidItem();
    if (requests.getAsInt() == 0 || nanos.getAsLong() - begun >= patience.toNanos()) {
      return now;
    }
    long rest = Math.min(worked * RESTS_PER_WORK, REST_MAX.toNanos());
    return now.onItem().delayIt().onExecutor(timers).by(Duration.ofNanos(Math.max(1, rest)));
  }
}
