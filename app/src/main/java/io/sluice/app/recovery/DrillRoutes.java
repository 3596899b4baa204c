package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.job.BackupDrills;
import io.sluice.recovery.job.DrillOrder;
import io.sluice.recovery.job.DrillResult;
import io.sluice.recovery.job.TargetRecords;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;

/** Restore drills, by the node that is asked. */
final class DrillRoutes {
  private static final String WHAT = "drill";
  private static final int PROBLEMS_SHOWN_MAX = 100;
  private static final double MS_PER_SECOND = 1_000;

  private final TargetRecords records;
  private final BackupDrills drills;

  DrillRoutes(TargetRecords records, BackupDrills drills) {
    this.records = records;
    this.drills = drills;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/targets/:name/drill", this::begin),
        new AdminRoute(HttpMethod.GET, "/targets/:name/drill", this::show));
  }

  private Uni<AdminAnswer> begin(AdminCall call) {
    DrillOrder order = order(call);
    return records
        .find(call.path("name"))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(
            target ->
                TaskJson.begun(
                    target.getName(), WHAT, drills.begin(target, order), DrillRoutes::json));
  }

  private static DrillOrder order(AdminCall call) {
    String directory = call.text("directory");
    if (directory != null && !Path.of(directory).isAbsolute()) {
      throw AdminException.invalid("directory is an absolute path of the node");
    }
    try {
      return new DrillOrder(
          number(call, "share", 1).doubleValue(),
          number(call, "seed", 1).longValue(),
          number(call, "spaceMax", DrillOrder.SPACE_DEFAULT).longValue(),
          directory == null ? null : Path.of(directory));
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Number number(AdminCall call, String name, long otherwise) {
    Object given = call.body().getValue(name, otherwise);
    if (!(given instanceof Number number)) {
      throw AdminException.invalid(name + " must be a number");
    }
    return number;
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    String target = call.path("name");
    return Uni.createFrom()
        .item(TaskJson.state(target, WHAT, drills.find(target), DrillRoutes::json));
  }

  private static JsonObject json(DrillResult result) {
    FileRestoreResult restored = result.trial().restored();
    JsonArray problems = new JsonArray();
    restored.problems().stream()
        .limit(PROBLEMS_SHOWN_MAX)
        .forEach(
            each ->
                problems.add(new JsonObject().put("name", each.name()).put("what", each.what())));
    return new JsonObject()
        .put("good", result.isGood())
        .put("id", result.set().text())
        .put("share", result.order().share())
        .put("objects", restored.objects())
        .put("bytes", restored.bytes())
        .put("failed", restored.failed())
        .put("leftOut", result.trial().leftOut())
        .put("seconds", result.time().toMillis() / MS_PER_SECOND)
        .put("problems", problems);
  }
}
