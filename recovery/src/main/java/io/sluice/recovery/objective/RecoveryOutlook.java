package io.sluice.recovery.objective;

import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.LastRestore;
import io.sluice.storage.proto.TargetRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a target's record says of a recovery from it.
 *
 * @param target the record
 * @param age what would be lost: the time since the moment that the last set holds; without a set,
 *     since the target was added
 * @param inFuture whether that moment lies in the future: a clock was wrong, and the age is not
 *     known
 * @param bytesPerSecond of the last restore that was measured; 0: none was
 * @param estimate how long a restore of all that the last set holds would take; empty when there is
 *     no set, or no restore was measured
 */
public record RecoveryOutlook(
    TargetRecord target,
    Duration age,
    boolean inFuture,
    double bytesPerSecond,
    Optional<Duration> estimate) {
  /** Between two clocks that are right. */
  private static final Duration SKEW_MAX = Duration.ofMinutes(1);

  private static final double MS_PER_SECOND = 1_000;

  /** What it looks like at that moment. */
  public static RecoveryOutlook of(TargetRecord target, Instant now) {
    Instant since =
        target.hasLast() ? moment(target.getLast()) : Instant.ofEpochMilli(target.getCreatedMs());
    Duration age = Duration.between(since, now);
    double rate = rate(target.getLastRestore());
    Optional<Duration> estimate =
        target.hasLast() && rate > 0
            ? Optional.of(
                Duration.ofMillis(
                    (long) (target.getLast().getRestoreBytes() / rate * MS_PER_SECOND)))
            : Optional.empty();
    boolean inFuture = age.negated().compareTo(SKEW_MAX) > 0;
    return new RecoveryOutlook(
        target, age.isNegative() ? Duration.ZERO : age, inFuture, rate, estimate);
  }

  /** The moment that a set holds. */
  public static Instant moment(BackupPoint point) {
    return Instant.ofEpochMilli(point.getCutMs() == 0 ? point.getCompletedMs() : point.getCutMs());
  }

  private static double rate(LastRestore restore) {
    return restore.getBytes() / (double) Math.max(restore.getMilliseconds(), 1) * MS_PER_SECOND;
  }

  /** Whether more would be lost than was asked for, or nobody can tell. */
  public boolean missesRpo() {
    return target.getRpoSeconds() > 0 && (inFuture || age.toSeconds() > target.getRpoSeconds());
  }

  /** Whether it would take longer than was asked for. Unknown is not longer. */
  public boolean missesRto() {
    return target.getRtoSeconds() > 0
        && estimate.filter(time -> time.toSeconds() > target.getRtoSeconds()).isPresent();
  }
}
