package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.schedule.CronSchedule;
import io.sluice.recovery.schedule.DueBackup;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** When backups of a target are made. */
final class ScheduleRoutes {
  private final TargetRecords records;
  private final Clock clock;

  ScheduleRoutes(TargetRecords records, Clock clock) {
    this.records = records;
    this.clock = clock;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/targets/:name/schedules", this::list),
        new AdminRoute(HttpMethod.POST, "/targets/:name/schedules", this::add),
        new AdminRoute(HttpMethod.DELETE, "/targets/:name/schedules/:id", this::remove));
  }

  private Uni<AdminAnswer> list(AdminCall call) {
    return records
        .find(call.path("name"))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(
            target ->
                AdminAnswer.ok(new JsonObject().put("schedules", json(target, clock.instant()))));
  }

  private Uni<AdminAnswer> add(AdminCall call) {
    BackupSchedule wanted = wanted(call);
    return records
        .change(call.path("name"), target -> with(target, wanted))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(
            target ->
                AdminAnswer.created(
                    json(
                        target,
                        target.getSchedules(target.getSchedulesCount() - 1),
                        clock.instant())));
  }

  private BackupSchedule wanted(AdminCall call) {
    BackupKind kind = BackupRoutes.kind(call);
    String cron = call.text("cron");
    String zone = call.text("zone");
    if (cron == null) {
      throw AdminException.invalid("cron is missing");
    }
    BackupSchedule schedule =
        BackupSchedule.newBuilder()
            .setKind(kind)
            .setCron(cron.strip().replaceAll("\\s+", " "))
            .setZone(zone == null ? "UTC" : zone)
            .build();
    try {
      if (CronSchedule.parse(schedule.getCron(), schedule.getZone())
          .next(clock.instant())
          .isEmpty()) {
        throw AdminException.invalid("'" + cron + "' never comes.");
      }
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
    return schedule;
  }

  private static TargetRecord with(TargetRecord target, BackupSchedule wanted) {
    int newest = 0;
    for (BackupSchedule there : target.getSchedulesList()) {
      newest = Math.max(newest, there.getId());
      if (there.getKind() == wanted.getKind()
          && there.getCron().equals(wanted.getCron())
          && there.getZone().equals(wanted.getZone())) {
        throw AdminException.conflict(
            "ScheduleExists", "Schedule %d is the same.".formatted(there.getId()));
      }
    }
    return target.toBuilder().addSchedules(wanted.toBuilder().setId(newest + 1)).build();
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    String id = call.path("id");
    return records
        .change(call.path("name"), target -> without(target, id))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(target -> AdminAnswer.noContent());
  }

  private static TargetRecord without(TargetRecord target, String id) {
    TargetRecord.Builder left = target.toBuilder().clearSchedules();
    target.getSchedulesList().stream()
        .filter(schedule -> !Integer.toString(schedule.getId()).equals(id))
        .forEach(left::addSchedules);
    if (left.getSchedulesCount() == target.getSchedulesCount()) {
      throw AdminException.notFound(
          "NoSuchSchedule", "Target %s has no schedule %s.".formatted(target.getName(), id));
    }
    return left.build();
  }

  /** Those of a target, in the order in which they were added. */
  static JsonArray json(TargetRecord target, Instant now) {
    JsonArray schedules = new JsonArray();
    target.getSchedulesList().forEach(schedule -> schedules.add(json(target, schedule, now)));
    return schedules;
  }

  private static JsonObject json(TargetRecord target, BackupSchedule schedule, Instant now) {
    JsonObject json =
        new JsonObject()
            .put("id", schedule.getId())
            .put("target", target.getName())
            .put("kind", BackupRoutes.name(schedule.getKind()))
            .put("cron", schedule.getCron())
            .put("zone", schedule.getZone())
            .put("added", Instant.ofEpochMilli(schedule.getSinceMs()).toString());
    try {
      DueBackup.dueAt(target, schedule, now).ifPresent(due -> json.put("due", due.toString()));
    } catch (IllegalArgumentException e) {
      json.put("problem", e.getMessage());
    }
    return json;
  }
}
