package io.sluice.recovery.job;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renews a lease all the time, once after the other. Any thread. */
final class LeaseRenewal {
  /** For how long one lasts that is not renewed any more. */
  static final Duration LEASE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(LeaseRenewal.class);
  private static final Duration EVERY = Duration.ofSeconds(2);

  private LeaseRenewal() {}

  /**
   * Begins, until that is cancelled.
   *
   * @param whose for people
   * @param renewal renews it once; a failure is told, and it is tried again
   */
  static Cancellable begin(BackupGround on, String whose, Supplier<Uni<Void>> renewal) {
    return Multi.createFrom()
        .ticks()
        .onExecutor(on.timers())
        .every(EVERY)
        .onOverflow()
        .drop()
        .onItem()
        .transformToUniAndConcatenate(tick -> once(whose, renewal))
        .subscribe()
        .with(
            done -> {}, failure -> log.error("The lease of {} is renewed no more", whose, failure));
  }

  private static Uni<Void> once(String whose, Supplier<Uni<Void>> renewal) {
    return Uni.createFrom()
        .deferred(renewal::get)
        .onFailure()
        .invoke(
            failure -> log.warn("The lease of {} was not renewed: {}", whose, failure.toString()))
        .onFailure()
        .recoverWithNull();
  }
}
