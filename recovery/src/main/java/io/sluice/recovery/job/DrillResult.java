package io.sluice.recovery.job;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.backup.restore.TrialResult;
import io.sluice.storage.proto.LastDrill;
import java.time.Duration;
import java.util.List;

/**
 * What a drill found.
 *
 * @param set that was restored
 * @param trial what came back and what did not
 * @param time that it took
 */
public record DrillResult(SetId set, DrillOrder order, TrialResult trial, Duration time) {

  /** Whether everything that was to be brought back was, and is what was uploaded. */
  public boolean isGood() {
    return trial.restored().complete();
  }

  /** For the target's record. */
  LastDrill note() {
    FileRestoreResult restored = trial.restored();
    return LastDrill.newBuilder()
        .setSetId(set.text())
        .setShare(order.share())
        .setObjects(restored.objects())
        .setBytes(restored.bytes())
        .setMilliseconds(Math.max(1, time.toMillis()))
        .setFailed(restored.failed())
        .setLeftOut(trial.leftOut())
        .setProblem(isGood() ? "" : problem(restored))
        .build();
  }

  private static String problem(FileRestoreResult restored) {
    List<FileRestoreResult.Problem> problems = restored.problems();
    if (problems.isEmpty()) {
      return "it is not complete";
    }
    String first = problems.get(0).name() + ": " + problems.get(0).what();
    return problems.size() == 1 ? first : first + "; and " + (problems.size() - 1) + " more";
  }
}
