package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.VerificationResult;
import io.sluice.recovery.job.BackupChecks;
import io.sluice.recovery.job.TargetRecords;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Verifications of backups, by the node that is asked. */
final class VerificationRoutes {
  private static final String WHAT = "verification";

  private final TargetRecords records;
  private final BackupChecks checks;

  VerificationRoutes(TargetRecords records, BackupChecks checks) {
    this.records = records;
    this.checks = checks;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/targets/:name/verification", this::begin),
        new AdminRoute(HttpMethod.GET, "/targets/:name/verification", this::show));
  }

  private Uni<AdminAnswer> begin(AdminCall call) {
    SetId set = set(call.text("backup"));
    double share = number(call, "share", 1).doubleValue();
    long seed = number(call, "seed", 1).longValue();
    if (!(share > 0 && share <= 1)) {
      throw AdminException.invalid("share is more than 0, and at most 1");
    }
    return records
        .find(call.path("name"))
        .onFailure()
        .transform(BackupRoutes::explained)
        .map(
            target ->
                TaskJson.begun(
                    target.getName(),
                    WHAT,
                    checks.begin(target, set, share, seed),
                    VerificationRoutes::json));
  }

  private static @Nullable SetId set(@Nullable String id) {
    return id == null
        ? null
        : SetId.parse(id)
            .orElseThrow(
                () -> AdminException.notFound("NoSuchBackup", "There is no backup " + id + "."));
  }

  private static Number number(AdminCall call, String name, long otherwise) {
    Object given = call.body().getValue(name);
    if (given == null) {
      return otherwise;
    }
    if (!(given instanceof Number number)) {
      throw AdminException.invalid(name + " must be a number");
    }
    return number;
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    String target = call.path("name");
    return Uni.createFrom()
        .item(TaskJson.state(target, WHAT, checks.find(target), VerificationRoutes::json));
  }

  private static JsonObject json(VerificationResult result) {
    JsonArray problems = new JsonArray();
    for (VerificationResult.Problem problem : result.problems()) {
      problems.add(
          new JsonObject()
              .put("file", problem.file())
              .put("what", problem.what())
              .put("touched", problem.touched())
              .put("objects", new JsonArray(problem.objects())));
    }
    return new JsonObject()
        .put("good", result.isGood())
        .put("sets", result.sets())
        .put("files", result.files())
        .put("bytes", result.bytes())
        .put("chunks", result.chunks())
        .put("objects", result.objects())
        .put("share", result.share())
        .put("problems", problems);
  }
}
