package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.TargetBuckets;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.objective.ObjectiveWatch;
import io.sluice.recovery.objective.RecoveryOutlook;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.LastDrill;
import io.sluice.storage.proto.LastRestore;
import io.sluice.storage.proto.LastVerification;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What targets could bring back, against what was asked for. */
final class RecoveryStatus {
  /** A hundred years: no sum with a time passes it. */
  private static final long SECONDS_MAX = Duration.ofDays(36_500).toSeconds();

  private static final double MS_PER_SECOND = 1_000;

  private final TargetRecords records;
  private final TargetBuckets buckets;
  private final Clock clock;

  RecoveryStatus(TargetRecords records, TargetBuckets buckets, Clock clock) {
    this.records = records;
    this.buckets = buckets;
    this.clock = clock;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/recovery/status", call -> status()),
        new AdminRoute(HttpMethod.PUT, "/targets/:name/objectives", this::setObjectives));
  }

  private Uni<AdminAnswer> status() {
    return Uni.combine()
        .all()
        .unis(records.list(), buckets.present())
        .asTuple()
        .flatMap(
            all ->
                Multi.createFrom()
                    .iterable(all.getItem1())
                    .onItem()
                    .transformToUniAndConcatenate(target -> json(target, all.getItem2()))
                    .collect()
                    .asList())
        .map(targets -> AdminAnswer.ok(new JsonObject().put("targets", new JsonArray(targets))));
  }

  /** With its buckets, if the target says which it holds. */
  private Uni<JsonObject> json(TargetRecord target, List<Bucket> present) {
    JsonObject json = json(target);
    if (!target.hasLast()) {
      return Uni.createFrom().item(json);
    }
    Instant now = clock.instant();
    BucketStatus status = new BucketStatus(RecoveryOutlook.of(target, now), now);
    return buckets
        .of(target)
        .map(
            held ->
                held.buckets().isPresent()
                    ? json.put("buckets", status.json(held, present))
                    : json.put("bucketsUnknown", "the backups don't say: make a full one"))
        .onFailure(IOException.class)
        .recoverWithItem(
            failure -> json.put("bucketsUnknown", String.valueOf(failure.getMessage())));
  }

  /** Sets what is given; 0 and an empty address take an objective away. */
  private Uni<AdminAnswer> setObjectives(AdminCall call) {
    Long rpo = seconds(call, "rpoSeconds");
    Long rto = seconds(call, "rtoSeconds");
    String alertUrl = call.text("alertUrl");
    if (alertUrl != null && !alertUrl.isEmpty()) {
      try {
        ObjectiveWatch.requireAddress(alertUrl);
      } catch (IllegalArgumentException e) {
        throw AdminException.invalid(String.valueOf(e.getMessage()));
      }
    }
    return records
        .change(
            call.path("name"),
            target -> {
              TargetRecord.Builder next = target.toBuilder();
              if (rpo != null) {
                next.setRpoSeconds(rpo);
              }
              if (rto != null) {
                next.setRtoSeconds(rto);
              }
              if (alertUrl != null) {
                next.setAlertUrl(alertUrl);
              }
              return next.build();
            })
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(target -> AdminAnswer.ok(json(target)));
  }

  private static @Nullable Long seconds(AdminCall call, String name) {
    Object given = call.body().getValue(name);
    if (given == null) {
      return null;
    }
    if (!(given instanceof Number number)
        || number.longValue() < 0
        || number.longValue() > SECONDS_MAX) {
      throw AdminException.invalid(name + " is a number of seconds, 0 or more");
    }
    return number.longValue();
  }

  private JsonObject json(TargetRecord target) {
    Instant now = clock.instant();
    RecoveryOutlook outlook = RecoveryOutlook.of(target, now);
    JsonObject json =
        new JsonObject()
            .put("name", target.getName())
            .put("ageSeconds", outlook.age().toSeconds())
            .put("inFuture", outlook.inFuture())
            .put("rpoMissed", outlook.missesRpo())
            .put("rtoMissed", outlook.missesRto());
    if (target.getRpoSeconds() > 0) {
      json.put("rpoSeconds", target.getRpoSeconds())
          .put("rpo", verdict(target.hasLast(), outlook.missesRpo()));
    }
    if (target.getRtoSeconds() > 0) {
      json.put("rtoSeconds", target.getRtoSeconds())
          .put("rto", verdict(outlook.estimate().isPresent(), outlook.missesRto()));
    }
    if (!target.getAlertUrl().isEmpty()) {
      json.put("alertHost", String.valueOf(URI.create(target.getAlertUrl()).getHost()));
    }
    if (target.hasLast()) {
      json.put("last", point(target.getLast(), now));
      json.put("restoreBytes", target.getLast().getRestoreBytes());
    }
    if (target.hasLastFull()) {
      json.put("lastFull", point(target.getLastFull(), now));
    }
    if (outlook.bytesPerSecond() > 0) {
      json.put("restoreBytesPerSecond", Math.round(outlook.bytesPerSecond()))
          .put("rateOfDrill", outlook.isRateOfDrill());
    }
    outlook.estimate().ifPresent(time -> json.put("estimatedSeconds", time.toSeconds()));
    if (target.hasLastVerified()) {
      json.put("lastVerified", json(target.getLastVerified()));
    }
    if (target.hasLastRestore()) {
      json.put("lastRestore", json(target.getLastRestore()));
    }
    if (target.hasLastDrill()) {
      json.put("lastDrill", json(target.getLastDrill()));
    }
    if (target.hasLastGoodDrill()) {
      json.put("lastGoodDrill", json(target.getLastGoodDrill()));
    }
    if (target.hasLastFailure()) {
      json.put("failures", target.getLastFailure().getCount());
      json.put("lastFailure", target.getLastFailure().getMessage());
    }
    return json;
  }

  /** What is not known is not missed yet, and not met either. */
  private static String verdict(boolean isKnown, boolean isMissed) {
    return isMissed ? "missed" : isKnown ? "met" : "unknown";
  }

  private static JsonObject point(BackupPoint point, Instant now) {
    Instant moment = RecoveryOutlook.moment(point);
    return new JsonObject()
        .put("id", point.getSetId())
        .put("kind", BackupJson.name(point.getKind()))
        .put("moment", moment.toString())
        .put("ageSeconds", Math.max(0, Duration.between(moment, now).toSeconds()));
  }

  private static JsonObject json(LastVerification verified) {
    JsonObject json =
        new JsonObject()
            .put("id", verified.getSetId())
            .put("at", Instant.ofEpochMilli(verified.getAtMs()).toString())
            .put("objects", verified.getObjects())
            .put("problems", verified.getProblems())
            .put("everyChunk", verified.getEveryChunk());
    return verified.getShare() > 0 ? json.put("share", verified.getShare()) : json;
  }

  private static JsonObject json(LastDrill drill) {
    JsonObject json =
        new JsonObject()
            .put("id", drill.getSetId())
            .put("at", Instant.ofEpochMilli(drill.getAtMs()).toString())
            .put("share", drill.getShare())
            .put("objects", drill.getObjects())
            .put("bytes", drill.getBytes())
            .put("seconds", drill.getMilliseconds() / MS_PER_SECOND)
            .put("bytesPerSecond", Math.round(RecoveryOutlook.rateOf(drill)))
            .put("failed", drill.getFailed())
            .put("leftOut", drill.getLeftOut());
    return drill.getProblem().isEmpty() ? json : json.put("problem", drill.getProblem());
  }

  private static JsonObject json(LastRestore restore) {
    return new JsonObject()
        .put("id", restore.getSetId())
        .put("at", Instant.ofEpochMilli(restore.getAtMs()).toString())
        .put("objects", restore.getObjects())
        .put("bytes", restore.getBytes())
        .put("seconds", restore.getMilliseconds() / MS_PER_SECOND);
  }
}
