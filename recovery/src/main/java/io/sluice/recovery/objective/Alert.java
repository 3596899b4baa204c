package io.sluice.recovery.objective;

import io.sluice.storage.proto.AlertsSent;
import io.sluice.storage.proto.LastDrill;
import io.sluice.storage.proto.TargetRecord;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that a webhook is told.
 *
 * @param event rpo-missed, rto-missed, backup-failed or drill-failed
 * @param message for people
 */
record Alert(String event, String message) {

  /** What was not told yet. */
  static List<Alert> untold(RecoveryOutlook outlook) {
    TargetRecord target = outlook.target();
    AlertsSent told = target.getAlerts();
    List<Alert> untold = new ArrayList<>();
    if (outlook.missesRpo() && !told.getRpo()) {
      untold.add(
          new Alert(
              "rpo-missed",
              outlook.inFuture()
                  ? "Target %s: the last backup says that it is of the future: a clock was wrong, and nobody knows its age; the objective is %d seconds"
                      .formatted(target.getName(), target.getRpoSeconds())
                  : "Target %s: the last backup is of %d seconds ago; the objective is %d"
                      .formatted(
                          target.getName(), outlook.age().toSeconds(), target.getRpoSeconds())));
    }
    if (outlook.missesRto() && !told.getRto()) {
      untold.add(
          new Alert(
              "rto-missed",
              "Target %s: a restore would take %d seconds; the objective is %d"
                  .formatted(
                      target.getName(),
                      outlook.estimate().orElseThrow().toSeconds(),
                      target.getRtoSeconds())));
    }
    String failed = target.getLastFailure().getSetId();
    if (failed.compareTo(told.getFailedSet()) > 0) { // ids sort by time; an older one was told
      untold.add(
          new Alert(
              "backup-failed",
              "Target %s: backup %s failed: %s"
                  .formatted(target.getName(), failed, target.getLastFailure().getMessage())));
    }
    LastDrill drill = target.getLastDrill();
    if (failedDrillMs(drill) > told.getFailedDrillMs()) {
      untold.add(
          new Alert(
              "drill-failed",
              "Target %s: the restore drill of backup %s failed: %s"
                  .formatted(target.getName(), drill.getSetId(), drill.getProblem())));
    }
    return untold;
  }

  /** When the last drill was, if it failed; else 0. */
  private static long failedDrillMs(LastDrill drill) {
    return drill.getProblem().isEmpty() ? 0 : drill.getAtMs();
  }

  /** What is told once all of that is: what is over by then can be told again. */
  static AlertsSent told(RecoveryOutlook outlook) {
    return AlertsSent.newBuilder()
        .setRpo(outlook.missesRpo())
        .setRto(outlook.missesRto())
        .setFailedSet(outlook.target().getLastFailure().getSetId())
        .setFailedDrillMs(failedDrillMs(outlook.target().getLastDrill()))
        .build();
  }
}
