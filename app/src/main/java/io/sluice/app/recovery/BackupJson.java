package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.ClusterSets;
import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.TargetRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;

/** Targets and backups, as the administration API shows and takes them. */
final class BackupJson {
  private static final Map<String, BackupKind> KINDS =
      Map.of(
          "full", BackupKind.BACKUP_FULL,
          "incremental", BackupKind.BACKUP_INCREMENTAL,
          "differential", BackupKind.BACKUP_DIFFERENTIAL,
          "synthetic-full", BackupKind.BACKUP_SYNTHETIC_FULL);

  private BackupJson() {}

  static JsonObject of(TargetRecord target, Instant now) {
    JsonObject json =
        new JsonObject()
            .put("name", target.getName())
            .put("url", target.getUrl())
            .put("encrypted", !target.getKeyFile().isEmpty())
            .put("retention", new JsonArray(target.getRetentionList()));
    if (target.getBytesPerSecondMax() > 0) {
      json.put("bytesPerSecondMax", target.getBytesPerSecondMax());
    }
    if (target.getSchedulesCount() + target.getDrillsCount() > 0) {
      json.put("schedules", ScheduleRoutes.json(target, now));
    }
    if (target.hasLast()) {
      json.put("last", of(target.getLast()));
    }
    if (target.hasLastFull()) {
      json.put("lastFull", of(target.getLastFull()));
    }
    if (target.hasJob()) {
      json.put("running", of(target.getJob(), target.getName()));
    }
    if (target.hasLastFailure()) {
      BackupFailure failure = target.getLastFailure();
      json.put(
          "lastFailure",
          new JsonObject()
              .put("id", failure.getSetId())
              .put("at", Instant.ofEpochMilli(failure.getAtMs()).toString())
              .put("message", failure.getMessage()));
    }
    return json;
  }

  private static JsonObject of(BackupPoint point) {
    return new JsonObject()
        .put("id", point.getSetId())
        .put("kind", name(point.getKind()))
        .put("completed", Instant.ofEpochMilli(point.getCompletedMs()).toString())
        .put("lost", point.getLost());
  }

  /** One that is being made. */
  static JsonObject of(BackupJob job, String target) {
    BackupProgress progress = BackupRunner.progress(job);
    JsonObject json = new JsonObject();
    if (progress.getSilentSinceMs() > 0) {
      json.put("noAnswerSince", Instant.ofEpochMilli(progress.getSilentSinceMs()).toString());
    }
    return json.put("id", job.getSetId())
        .put("target", target)
        .put("kind", name(job.getKind()))
        .put("node", job.getOwner())
        .put("started", Instant.ofEpochMilli(job.getStartedMs()).toString())
        .put("objects", progress.getObjects())
        .put("bytesRead", progress.getBytesRead())
        .put("bytesWritten", progress.getBytesWritten());
  }

  /** One that is complete. */
  static JsonObject of(TargetRecord target, BackupSet set) {
    JsonObject json =
        new JsonObject()
            .put("id", set.id().text())
            .put("target", target.getName())
            .put("kind", set.kind().toString())
            .put("at", set.cutAt().toString())
            .put(
                "seconds", Duration.between(set.startedAt(), set.finishedAt()).toMillis() / 1_000.0)
            .put("objects", set.counts().objects())
            .put("removals", set.counts().removals())
            .put("objectBytes", set.counts().objectBytes())
            .put("chunks", set.counts().chunks())
            .put("bytesRead", set.counts().chunkBytes())
            .put("bytesWritten", set.counts().storedBytes());
    set.parentId().ifPresent(parent -> json.put("parent", parent.text()));
    return json;
  }

  static JsonObject of(ClusterSets cluster) {
    JsonObject json =
        new JsonObject()
            .put("clusterId", cluster.clusterId().toString())
            .put("own", cluster.own())
            .put("backups", cluster.sets());
    cluster.newest().ifPresent(newest -> json.put("newest", newest.toString()));
    return json;
  }

  static String name(BackupKind kind) {
    return kind.name().replace("BACKUP_", "").replace('_', '-').toLowerCase(Locale.ROOT);
  }

  /** The kind that a body names. */
  static BackupKind kind(AdminCall call) {
    BackupKind kind = KINDS.get(String.valueOf(call.text("kind")));
    if (kind == null) {
      throw AdminException.invalid(
          "kind is one of " + String.join(", ", KINDS.keySet().stream().sorted().toList()));
    }
    return kind;
  }
}
