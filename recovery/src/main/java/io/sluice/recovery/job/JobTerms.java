package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the job of a target asks for, and what that builds on. */
final class JobTerms {
  /** Of a full backup without an objective. */
  private static final Duration PATIENCE_MAX = Duration.ofHours(12);

  private JobTerms() {}

  /** Put together from what the target has, and of the moment of the last set there. */
  static boolean isSynthetic(TargetRecord record) {
    return record.getJob().getKind() == BackupKind.BACKUP_SYNTHETIC_FULL;
  }

  static SetKind kind(TargetRecord record) {
    BackupKind kind = record.getJob().getKind();
    return switch (kind) {
      case BACKUP_FULL -> SetKind.FULL;
      case BACKUP_INCREMENTAL -> SetKind.INCREMENTAL;
      case BACKUP_DIFFERENTIAL -> SetKind.DIFFERENTIAL;
      case BACKUP_SYNTHETIC_FULL -> SetKind.SYNTHETIC_FULL;
      case UNRECOGNIZED -> throw new IllegalArgumentException("no such set is made here: " + kind);
    };
  }

  /**
   * Whether a full set is made where others follow set after set: they are led up to it by one that
   * holds what changed since the last.
   */
  static boolean endsChain(TargetRecord record) {
    return record.getJob().getKind() == BackupKind.BACKUP_FULL
        && KnownTargets.isContinuous(record)
        && record.hasLast()
        && !record.getLast().getLost();
  }

  /** The point that a set of that kind adds to; null of a full one. */
  static @Nullable BackupPoint base(TargetRecord record) {
    return switch (record.getJob().getKind()) {
      case BACKUP_INCREMENTAL -> record.getLast();
      case BACKUP_DIFFERENTIAL -> record.getLastFull();
      default -> null;
    };
  }

  /**
   * How long clients go before a set: half of the time that it has, at most. One that adds to
   * another has as long as it took for its changes to come about, or it would never catch up; any
   * has only as long as the objective allows, and as is between two of a continuous target.
   *
   * @param base what it adds to; null of a full one
   */
  static Duration patience(TargetRecord record, @Nullable BackupPoint base) {
    long halfMs = PATIENCE_MAX.toMillis();
    if (base != null) {
      halfMs = Math.min(halfMs, (record.getJob().getCutMs() - base.getCutMs()) / 2);
    }
    if (record.getRpoSeconds() > 0) {
      halfMs = Math.min(halfMs, Duration.ofSeconds(record.getRpoSeconds()).toMillis() / 2);
    }
    for (BackupSchedule schedule : record.getSchedulesList()) {
      if (schedule.getEveryMs() > 0) {
        halfMs = Math.min(halfMs, schedule.getEveryMs() / 2);
      }
    }
    return Duration.ofMillis(halfMs);
  }

  static @Nullable BackupSet parent(TargetRecord record, BackupCatalog catalog) throws IOException {
    BackupPoint base = base(record);
    return base == null ? null : required(base, catalog);
  }

  static BackupSet required(BackupPoint point, BackupCatalog catalog) throws IOException {
    return SetId.parse(point.getSetId())
        .flatMap(catalog::find)
        .orElseThrow(
            () ->
                new MissingBaseException(
                    point.getSetId(),
                    "backup "
                        + point.getSetId()
                        + ", which this one would build on, is not in the target any more: make a"
                        + " full one"));
  }
}
