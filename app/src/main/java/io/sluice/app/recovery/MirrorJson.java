package io.sluice.app.recovery;

import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;

/** Mirrors as the administration API shows them. */
final class MirrorJson {
  private static final long MS_PER_SECOND = 1_000;

  private final Clock clock;

  MirrorJson(Clock clock) {
    this.clock = clock;
  }

  /** What a mirror is, and how far it is. */
  JsonObject of(MirrorRecord mirror, boolean writesClosed) {
    MirrorProgress progress = mirror.getProgress();
    JsonObject json =
        new JsonObject()
            .put("name", mirror.getName())
            .put("bucket", mirror.getBucket())
            .put("url", mirror.getUrl())
            .put("prefix", mirror.getPrefix())
            .put("deleteDelaySeconds", mirror.getDeleteDelayMs() / MS_PER_SECOND)
            .put("kind", mirror.getReplication() ? "replication" : "mirror")
            .put("state", state(mirror, writesClosed))
            .put("objects", progress.getObjects())
            .put("bytes", progress.getBytes())
            .put("deletes", progress.getDeletes())
            .put("failures", progress.getFailures())
            .put("comparisons", progress.getComparisons())
            .put("left", progress.getLeft())
            .put("replicas", progress.getReplicas())
            .put("pendingObjects", progress.getPending() + progress.getFailingCount());
    if (mirror.getReplication()) {
      json.put("arn", arn(mirror)).put("rules", mirror.getRulesCount());
    }
    if (mirror.getBytesPerSecondMax() > 0) {
      json.put("bytesPerSecondMax", mirror.getBytesPerSecondMax());
    }
    if (!mirror.getOwner().isEmpty()) {
      json.put("node", mirror.getOwner());
    }
    if (progress.hasPosition()) {
      json.put(
              "position",
              new JsonObject()
                  .put("epoch", progress.getPosition().getEpoch())
                  .put("index", progress.getPosition().getIndex())
                  .put("at", Instant.ofEpochMilli(progress.getPositionMs()).toString()))
          .put(
              "lagSeconds",
              Math.max(0, clock.millis() - progress.getPositionMs()) / (double) MS_PER_SECOND);
    }
    if (progress.getLastErrorMs() > 0) {
      json.put("lastError", progress.getLastError())
          .put("lastErrorAt", Instant.ofEpochMilli(progress.getLastErrorMs()).toString());
    }
    return json.put("failing", failing(progress, false)).put("underWay", failing(progress, true));
  }

  private static JsonArray failing(MirrorProgress progress, boolean underWay) {
    JsonArray shown = new JsonArray();
    progress.getFailingList().stream()
        .filter(each -> each.getUnderWay() == underWay)
        .forEach(
            each ->
                shown.add(
                    new JsonObject()
                        .put("key", each.getKey().toStringUtf8())
                        .put("message", each.getMessage())
                        .put("since", Instant.ofEpochMilli(each.getSinceMs()).toString())));
    return shown;
  }

  /** What the rules of the bucket's replication configuration call it. */
  private static String arn(MirrorRecord mirror) {
    String bucket = mirror.getUrl().replaceFirst("^s3://", "").replaceFirst("[/?].*$", "");
    return "arn:sluice:replication::" + mirror.getName() + ":" + bucket;
  }

  private static String state(MirrorRecord mirror, boolean writesClosed) {
    MirrorProgress progress = mirror.getProgress();
    if (mirror.getReplication() && (writesClosed || mirror.getRulesCount() == 0)) {
      return writesClosed ? "standby" : "idle";
    }
    if (progress.getLost()) {
      return "lost";
    }
    if (!progress.hasReadTo()) {
      return progress.hasComparedSince() ? "comparing" : "waiting";
    }
    boolean isFailing = progress.getFailingList().stream().anyMatch(each -> !each.getUnderWay());
    return isFailing ? "failing" : "following";
  }
}
