package io.sluice.recovery.job;

import io.sluice.storage.proto.BeginPrune;
import io.sluice.storage.proto.EndPrune;
import io.sluice.storage.proto.PruneRow;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The right of one prune to a place, in the whole cluster and whatever the name of the target. It
 * is a row in shard 0, which is renewed all the time; a prune whose node ended has it until nobody
 * saw it renewed for a lease, by the monotonic clock of whoever waits. Its own holder leaves it
 * sooner: what it may do it asks the time since the last renewal that was answered was sent, so
 * another does not begin before this one has stopped, but for what it has asked the target already.
 *
 * <p>For one use; any thread.
 */
final class PruneLease {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /** For how long it may go on without a renewal: the rest is for what the target does late. */
  private static final Duration TRUSTED = Duration.ofSeconds(15);

  private final BackupGround on;
  private final TargetRecords records;
  private final String place;
  private final String id;

  private volatile @Nullable Cancellable renewing;
  private volatile boolean begun;
  private volatile boolean ended;
  private volatile long trustedUntil;

  /** Another run's row, and when it was seen first as it is. Used by one look after the other. */
  private record Seen(PruneRow row, long atNanos) {}

  private volatile @Nullable Seen seen;

  /**
   * @param place what it is known by, under whatever name
   * @param id of the run: the same for all that its place is known by
   */
  PruneLease(BackupGround on, TargetRecords records, String place, String id) {
    this.on = on;
    this.records = records;
    this.place = place;
    this.id = id;
  }

  /**
   * Takes it.
   *
   * @return fails with an {@link IOException} for people when another prune has it and lives, as
   *     soon as that shows; when it does not, this takes a lease
   */
  Uni<Void> take() {
    return Multi.createFrom()
        .ticks()
        .onExecutor(on.timers())
        .every(LOOK_EVERY)
        .onOverflow()
        .drop()
        .onItem()
        .transformToUniAndConcatenate(tick -> look())
        .filter(taken -> taken)
        .toUni()
        .invoke(this::renewAllTheTime)
        .replaceWithVoid();
  }

  /** Whether it was got. */
  private Uni<Boolean> look() {
    BeginPrune.Builder begin = begin();
    Seen other = seen;
    if (other != null && isOver(other)) {
      begin.setContinues(other.row().getRunId()).setSeenRenewals(other.row().getRenewals());
    }
    return submit(begin).flatMap(this::isTaken);
  }

  private boolean isOver(Seen other) {
    return on.nanos().getAsLong() - other.atNanos()
        >= Duration.ofMillis(other.row().getLeaseMs()).toNanos();
  }

  private Uni<Boolean> isTaken(PruneRow now) {
    if (now.getRunId().equals(id)) {
      return Uni.createFrom().item(true);
    }
    Seen before = seen;
    if (before != null && !before.row().equals(now)) {
      return Uni.createFrom()
          .failure(
              new IOException(
                  "another prune of this place is under way, on node " + now.getOwner()));
    }
    if (before == null) {
      seen = new Seen(now, on.nanos().getAsLong());
    }
    return Uni.createFrom().item(false);
  }

  private BeginPrune.Builder begin() {
    return BeginPrune.newBuilder()
        .setPlace(place)
        .setRunId(id)
        .setOwner(on.node())
        .setLeaseMs(LeaseRenewal.LEASE.toMillis());
  }

  private Uni<PruneRow> submit(BeginPrune.Builder begin) {
    return Uni.createFrom()
        .deferred(
            () -> {
              begun = true;
              long sent = on.nanos().getAsLong();
              return records
                  .beginPrune(begin.build())
                  .invoke(
                      row -> {
                        if (row.getRunId().equals(id)) {
                          trustedUntil = sent + TRUSTED.toNanos();
                        }
                      });
            });
  }

  private void renewAllTheTime() {
    renewing = LeaseRenewal.begin(on, "a prune", this::renew);
  }

  private Uni<Void> renew() {
    return ended
        ? Uni.createFrom().voidItem()
        : confirm()
            .onFailure(failure -> Refusals.is(failure, RefusalCode.BACKUP_TAKEN_OVER))
            .invoke(failure -> ended = true);
  }

  /** Completes when this prune has the place still. */
  Uni<Void> confirm() {
    return submit(begin().setContinues(id)).replaceWithVoid();
  }

  /** Throws unless this prune has the place for sure. */
  void requireHeld() throws IOException {
    if (ended || on.nanos().getAsLong() - trustedUntil >= 0) {
      throw new IOException(
          "the prune ends half-way: the cluster did not confirm for a while that it is the only"
              + " one of this place. The next one goes on");
    }
  }

  /** Gives it back; from here on nothing is removed. */
  Uni<Void> end() {
    ended = true;
    Cancellable renewal = renewing;
    if (renewal != null) {
      renewal.cancel();
    }
    if (!begun) {
      return Uni.createFrom().voidItem();
    }
    return records
        .endPrune(EndPrune.newBuilder().setPlace(place).setRunId(id).build())
        .onFailure()
        .recoverWithNull(); // then a lease has to pass
  }
}
