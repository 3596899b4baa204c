package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which epoch a standby saw where it follows: it is written down with how far it is. Epochs may be
 * lost there, and who then took the primary for one without a lease would wait for none. One call
 * at a time; any thread.
 */
final class EpochNotes {
  private static final Logger log = LoggerFactory.getLogger(EpochNotes.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(15);

  private final StandbyTarget place;
  private final LongSupplier nanoTime;
  private volatile @Nullable Epoch seen;
  private boolean looked;
  private long lookedNanos;

  EpochNotes(BackupGround on, TargetRecord target, LongSupplier nanoTime) {
    this.place = new StandbyTarget(on, target, new Epochs.Known());
    this.nanoTime = nanoTime;
  }

  /** Adds the greatest epoch, and looks for it every 15 s; what can't be seen changes nothing. */
  Uni<StandbyProgress> addTo(StandbyProgress progress) {
    long now = nanoTime.getAsLong();
    if (looked && now - lookedNanos < LOOK_EVERY.toNanos()) {
      return Uni.createFrom().item(added(progress));
    }
    looked = true;
    lookedNanos = now;
    return place
        .epoch()
        .invoke(latest -> latest.ifPresent(epoch -> seen = epoch))
        .onFailure(IOException.class)
        .invoke(failure -> log.debug("Epochs of the target were not looked at", failure))
        .replaceWithVoid()
        .onFailure(IOException.class)
        .recoverWithNull()
        .map(done -> added(progress));
  }

  /** Adds what was seen last. Of one number there is one epoch: the first that was seen. */
  StandbyProgress added(StandbyProgress progress) {
    Epoch epoch = seen;
    return epoch == null || epoch.number() <= progress.getEpoch()
        ? progress
        : progress.toBuilder()
            .setEpoch(epoch.number())
            .setEpochLeaseMs((int) epoch.lease().toMillis())
            .build();
  }

  /** Whether the greatest epoch that was seen last has a lease; what was never seen has none. */
  boolean haveLease(StandbyProgress progress) {
    return added(progress).getEpochLeaseMs() > 0;
  }

  /**
   * That the target shows what this cluster knows of, by its role or by what it noted.
   *
   * @throws IOException when it does not; the message is for people
   */
  static void requireSeen(RoleRecord role, TargetRecord target, Optional<Epoch> latest)
      throws IOException {
    StandbyProgress noted = role.getProgress();
    long known = Math.max(ClusterRole.epochAt(role, target), noted.getEpoch());
    long number = latest.map(Epoch::number).orElse(0L);
    if (number < known) {
      throw missing(known);
    }
    long lease = latest.map(epoch -> epoch.lease().toMillis()).orElse(0L);
    if (number == noted.getEpoch() && lease < noted.getEpochLeaseMs()) {
      throw new IOException(
          "epoch %d had a lease of %d ms, and in the target it has one of %d ms"
              .formatted(number, noted.getEpochLeaseMs(), lease));
    }
  }

  /** That an epoch was there, and is not any more. */
  static IOException missing(long number) {
    return new IOException("epoch " + number + " is known, and is not in the target");
  }
}
