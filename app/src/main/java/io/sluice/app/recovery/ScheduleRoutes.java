package io.sluice.app.recovery;

import io.sluice.app.config.TimeSpan;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.schedule.ContinuousBackup;
import io.sluice.recovery.schedule.CronSchedule;
import io.sluice.recovery.schedule.DueBackup;
import io.sluice.recovery.schedule.DueDrill;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.DrillSchedule;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** When backups of a target are made. */
final class ScheduleRoutes {
  private static final String DRILL = "drill";
  private static final String CONTINUOUS = "continuous";

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
    return TargetAnswers.find(records, call)
        .map(
            target ->
                AdminAnswer.ok(new JsonObject().put("schedules", json(target, clock.instant()))));
  }

  private Uni<AdminAnswer> add(AdminCall call) {
    if (DRILL.equals(call.text("kind"))) {
      return addDrill(call);
    }
    BackupSchedule wanted = wanted(call);
    return records
        .change(call.path("name"), target -> with(target, wanted))
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(
            target ->
                AdminAnswer.created(
                    json(
                        target,
                        target.getSchedules(target.getSchedulesCount() - 1),
                        clock.instant())));
  }

  private Uni<AdminAnswer> addDrill(AdminCall call) {
    Object share = call.body().getValue("share", 1);
    if (!(share instanceof Number number)
        || !(number.doubleValue() > 0 && number.doubleValue() <= 1)) {
      throw AdminException.invalid("share is more than 0, and at most 1");
    }
    DrillSchedule wanted =
        DrillSchedule.newBuilder()
            .setCron(cron(call))
            .setZone(zone(call))
            .setShare(number.doubleValue())
            .build();
    return records
        .change(call.path("name"), target -> with(target, wanted))
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(
            target ->
                AdminAnswer.created(
                    json(target, target.getDrills(target.getDrillsCount() - 1), clock.instant())));
  }

  private BackupSchedule wanted(AdminCall call) {
    if (call.body().containsKey("share")) {
      throw AdminException.invalid("Only a drill takes a share.");
    }
    return CONTINUOUS.equals(call.text("kind")) ? continuous(call) : byCron(call);
  }

  private static BackupSchedule continuous(AdminCall call) {
    String every = call.text("every");
    if (every == null || call.text("cron") != null) {
      throw AdminException.invalid("a continuous schedule has every, such as 5s, and no cron");
    }
    Duration span;
    try {
      span = TimeSpan.parse(every);
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
    if (span.compareTo(ContinuousBackup.EVERY_MIN) < 0
        || span.compareTo(ContinuousBackup.EVERY_MAX) > 0) {
      throw AdminException.invalid("every is 1s to 1h, not " + every);
    }
    return BackupSchedule.newBuilder()
        .setKind(BackupKind.BACKUP_INCREMENTAL)
        .setEveryMs((int) span.toMillis())
        .build();
  }

  private BackupSchedule byCron(AdminCall call) {
    if (call.text("every") != null) {
      throw AdminException.invalid("every is for schedules of kind " + CONTINUOUS);
    }
    return BackupSchedule.newBuilder()
        .setKind(BackupJson.kind(call))
        .setCron(cron(call))
        .setZone(zone(call))
        .build();
  }

  private static String zone(AdminCall call) {
    String zone = call.text("zone");
    return zone == null ? "UTC" : zone;
  }

  /** One that can be parsed and comes some time. */
  private String cron(AdminCall call) {
    String given = call.text("cron");
    if (given == null) {
      throw AdminException.invalid("cron is missing");
    }
    String cron = given.strip().replaceAll("\\s+", " ");
    try {
      if (CronSchedule.parse(cron, zone(call)).next(clock.instant()).isEmpty()) {
        throw AdminException.invalid("'" + given + "' never comes.");
      }
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
    return cron;
  }

  private static TargetRecord with(TargetRecord target, BackupSchedule wanted) {
    for (BackupSchedule there : target.getSchedulesList()) {
      if (ContinuousBackup.is(there) && ContinuousBackup.is(wanted)) {
        throw AdminException.conflict(
            "ScheduleExists",
            "Schedule %d is continuous already: remove it first.".formatted(there.getId()));
      }
      if (there.getKind() == wanted.getKind()
          && there.getCron().equals(wanted.getCron())
          && there.getZone().equals(wanted.getZone())) {
        throw AdminException.conflict(
            "ScheduleExists", "Schedule %d is the same.".formatted(there.getId()));
      }
    }
    return target.toBuilder().addSchedules(wanted.toBuilder().setId(newId(target))).build();
  }

  private static TargetRecord with(TargetRecord target, DrillSchedule wanted) {
    for (DrillSchedule there : target.getDrillsList()) {
      if (there.getShare() == wanted.getShare()
          && there.getCron().equals(wanted.getCron())
          && there.getZone().equals(wanted.getZone())) {
        throw AdminException.conflict(
            "ScheduleExists", "Schedule %d is the same.".formatted(there.getId()));
      }
    }
    return target.toBuilder().addDrills(wanted.toBuilder().setId(newId(target))).build();
  }

  private static int newId(TargetRecord target) {
    return 1
        + IntStream.concat(
                target.getSchedulesList().stream().mapToInt(BackupSchedule::getId),
                target.getDrillsList().stream().mapToInt(DrillSchedule::getId))
            .max()
            .orElse(0);
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    String id = call.path("id");
    return records
        .change(call.path("name"), target -> without(target, id))
        .onFailure()
        .transform(TargetAnswers::explained)
        .map(target -> AdminAnswer.noContent());
  }

  private static TargetRecord without(TargetRecord target, String id) {
    TargetRecord.Builder left = target.toBuilder().clearSchedules().clearDrills();
    target.getSchedulesList().stream()
        .filter(schedule -> !Integer.toString(schedule.getId()).equals(id))
        .forEach(left::addSchedules);
    target.getDrillsList().stream()
        .filter(schedule -> !Integer.toString(schedule.getId()).equals(id))
        .forEach(left::addDrills);
    if (left.getSchedulesCount() + left.getDrillsCount()
        == target.getSchedulesCount() + target.getDrillsCount()) {
      throw AdminException.notFound(
          "NoSuchSchedule",
          "There is no schedule %s of target %s.".formatted(id, target.getName()));
    }
    return left.build();
  }

  /** Those of a target: of backups, then of drills, in the order in which they were added. */
  static JsonArray json(TargetRecord target, Instant now) {
    JsonArray schedules = new JsonArray();
    target.getSchedulesList().forEach(schedule -> schedules.add(json(target, schedule, now)));
    target.getDrillsList().forEach(schedule -> schedules.add(json(target, schedule, now)));
    return schedules;
  }

  private static JsonObject json(TargetRecord target, BackupSchedule schedule, Instant now) {
    JsonObject json = new JsonObject().put("id", schedule.getId()).put("target", target.getName());
    if (ContinuousBackup.is(schedule)) {
      return json.put("kind", CONTINUOUS)
          .put("everyMs", schedule.getEveryMs())
          .put("added", added(schedule));
    }
    json.put("kind", BackupJson.name(schedule.getKind()))
        .put("cron", schedule.getCron())
        .put("zone", schedule.getZone())
        .put("added", added(schedule));
    return withDue(json, () -> DueBackup.dueAt(target, schedule, now));
  }

  private static JsonObject json(TargetRecord target, DrillSchedule schedule, Instant now) {
    JsonObject json =
        new JsonObject()
            .put("id", schedule.getId())
            .put("target", target.getName())
            .put("kind", DRILL)
            .put("share", schedule.getShare())
            .put("cron", schedule.getCron())
            .put("zone", schedule.getZone())
            .put("added", Instant.ofEpochMilli(schedule.getSinceMs()).toString());
    return withDue(json, () -> DueDrill.dueAt(target, schedule, now));
  }

  private static JsonObject withDue(JsonObject json, Supplier<Optional<Instant>> dueAt) {
    try {
      dueAt.get().ifPresent(due -> json.put("due", due.toString()));
    } catch (IllegalArgumentException e) {
      json.put("problem", e.getMessage());
    }
    return json;
  }

  private static String added(BackupSchedule schedule) {
    return Instant.ofEpochMilli(schedule.getSinceMs()).toString();
  }
}
