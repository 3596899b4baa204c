package io.sluice.recovery.objective;

import io.sluice.storage.proto.AlertsSent;
import io.sluice.storage.proto.TargetRecord;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that a webhook is told.
 *
 * @param event rpo-missed, rto-missed or backup-failed
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
    if (!failed.isEmpty() && !failed.equals(told.getFailedSet())) {
      untold.add(
          new Alert(
              "backup-failed",
              "Target %s: backup %s failed: %s"
                  .formatted(target.getName(), failed, target.getLastFailure().getMessage())));
    }
    return untold;
  }

  /** What is told once all of that is: what is over by then can be told again. */
  static AlertsSent told(RecoveryOutlook outlook) {
    return AlertsSent.newBuilder()
        .setRpo(outlook.missesRpo())
        .setRto(outlook.missesRto())
        .setFailedSet(outlook.target().getLastFailure().getSetId())
        .build();
  }
}
