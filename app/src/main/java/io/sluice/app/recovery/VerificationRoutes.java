package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.VerificationResult;
import io.sluice.recovery.job.BackupChecks;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetTask;
import io.sluice.storage.proto.TargetRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Verifications of backups, by the node that is asked. */
final class VerificationRoutes implements TaskRoutes.Kind<VerificationResult> {
  private final BackupChecks checks;

  private VerificationRoutes(BackupChecks checks) {
    this.checks = checks;
  }

  static List<AdminRoute> of(TargetRecords records, BackupChecks checks) {
    return new TaskRoutes<>(records, "verification", new VerificationRoutes(checks)).routes();
  }

  @Override
  public Function<TargetRecord, Optional<TargetTask<VerificationResult>>> asked(AdminCall call) {
    SetId set = set(call.text("backup"));
    double share = call.number("share", 1).doubleValue();
    long seed = call.number("seed", 1).longValue();
    if (!(share > 0 && share <= 1)) {
      throw AdminException.invalid("share is more than 0, and at most 1");
    }
    return target -> checks.begin(target, set, share, seed);
  }

  @Override
  public Optional<TargetTask<VerificationResult>> find(String target) {
    return checks.find(target);
  }

  private static @Nullable SetId set(@Nullable String id) {
    return id == null
        ? null
        : SetId.parse(id)
            .orElseThrow(
                () -> AdminException.notFound("NoSuchBackup", "There is no backup " + id + "."));
  }

  @Override
  public JsonObject json(VerificationResult result) {
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
