package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.job.BackupDrills;
import io.sluice.recovery.job.DrillOrder;
import io.sluice.recovery.job.DrillResult;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetTask;
import io.sluice.storage.proto.TargetRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Restore drills, by the node that is asked. */
final class DrillRoutes implements TaskRoutes.Kind<DrillResult> {
  private static final int PROBLEMS_SHOWN_MAX = 100;
  private static final double MS_PER_SECOND = 1_000;

  private final BackupDrills drills;

  private DrillRoutes(BackupDrills drills) {
    this.drills = drills;
  }

  static List<AdminRoute> of(TargetRecords records, BackupDrills drills) {
    return new TaskRoutes<>(records, "drill", new DrillRoutes(drills)).routes();
  }

  @Override
  public Function<TargetRecord, Optional<TargetTask<DrillResult>>> asked(AdminCall call) {
    DrillOrder order = order(call);
    return target -> drills.begin(target, order);
  }

  @Override
  public Optional<TargetTask<DrillResult>> find(String target) {
    return drills.find(target);
  }

  private static DrillOrder order(AdminCall call) {
    String directory = call.text("directory");
    if (directory != null && !Path.of(directory).isAbsolute()) {
      throw AdminException.invalid("directory is an absolute path of the node");
    }
    try {
      return new DrillOrder(
          call.number("share", 1).doubleValue(),
          call.number("seed", 1).longValue(),
          call.number("spaceMax", DrillOrder.SPACE_DEFAULT).longValue(),
          directory == null ? null : Path.of(directory));
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public JsonObject json(DrillResult result) {
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
