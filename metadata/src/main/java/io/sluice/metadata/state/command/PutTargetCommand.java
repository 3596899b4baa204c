package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.DrillSchedule;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutTarget;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;

/**
 * Sets where backups go. What is known of them belongs to the place: a set that lies elsewhere is
 * nothing that the next one could build on.
 */
record PutTargetCommand(PutTarget command) implements ShardCommand {
  private static final int NAME_LENGTH_MAX = 64;
  private static final int BYTES_MAX = 64 << 10;
  private static final int SCHEDULES_MAX = 32;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    TargetRecord wanted = command.getTarget();
    requireValid(wanted);
    TargetRecord current = Targets.find(context.rows(), wanted.getName());
    long revision = current == null ? 0 : current.getRevision();
    if (revision != command.getExpectedRevision()) {
      throw Targets.conflict("The target was changed meanwhile: it has revision " + revision + ".");
    }
    if (current == null && Targets.count(context.rows()) >= Targets.MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "There are " + Targets.MAX + " backup targets already.");
    }
    TargetRecord.Builder next =
        settings(wanted, context.nowMs())
            .setCreatedMs(current == null ? context.nowMs() : current.getCreatedMs())
            .setRevision(revision + 1);
    if (current != null) {
      keepProgress(context, current, next);
    }
    Targets.put(context, next.build());
    return Outcome.newBuilder().setTarget(next);
  }

  /** What an operator sets, without what the store knows. */
  private static TargetRecord.Builder settings(TargetRecord wanted, long nowMs) {
    TargetRecord.Builder settings =
        wanted.toBuilder()
            .clearLast()
            .clearLastFull()
            .clearJob()
            .clearLastFailure()
            .clearFailures()
            .clearLastIncrementalMs()
            .clearLastDifferentialMs()
            .clearLastVerified()
            .clearLastRestore()
            .clearAlerts()
            .clearLastDrill()
            .clearLastGoodDrill()
            .clearPrunes();
    for (BackupSchedule.Builder schedule : settings.getSchedulesBuilderList()) {
      if (schedule.getSinceMs() == 0) {
        schedule.setSinceMs(nowMs);
      }
    }
    for (DrillSchedule.Builder schedule : settings.getDrillsBuilderList()) {
      if (schedule.getSinceMs() == 0) {
        schedule.setSinceMs(nowMs);
      }
    }
    return settings;
  }

  private static void requireValid(TargetRecord target) throws RefusedException {
    String name = target.getName();
    if (name.isEmpty() || name.length() > NAME_LENGTH_MAX || name.indexOf('\0') >= 0) {
      throw ApplyContext.invalid("The name of a target has 1 to 64 characters.");
    }
    if (target.getUrl().isEmpty() || target.getSerializedSize() > BYTES_MAX) {
      throw ApplyContext.invalid("A target has a URL, and settings of at most 64 KiB.");
    }
    if (target.getSchedulesCount() + target.getDrillsCount() > SCHEDULES_MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "A target has at most " + SCHEDULES_MAX + " schedules.");
    }
  }

  private static void keepProgress(
      ApplyContext context, TargetRecord current, TargetRecord.Builder next)
      throws RefusedException {
    if (current.getUrl().equals(next.getUrl())) {
      copy(current, next);
    } else if (current.hasJob() && current.getJob().getLeaseUntilMs() > context.nowMs()) {
      throw Targets.conflict("A backup to the other place is running: stop it first.");
    }
  }

  private static void copy(TargetRecord from, TargetRecord.Builder to) {
    if (from.hasLast()) {
      to.setLast(from.getLast());
    }
    if (from.hasLastFull()) {
      to.setLastFull(from.getLastFull());
    }
    if (from.hasJob()) {
      to.setJob(from.getJob());
    }
    if (from.hasLastFailure()) {
      to.setLastFailure(from.getLastFailure());
    }
    to.addAllFailures(from.getFailuresList());
    to.setPrunes(from.getPrunes());
    to.setLastIncrementalMs(from.getLastIncrementalMs());
    to.setLastDifferentialMs(from.getLastDifferentialMs());
    if (from.hasLastVerified()) {
      to.setLastVerified(from.getLastVerified());
    }
    if (from.hasLastRestore()) {
      to.setLastRestore(from.getLastRestore());
    }
    if (from.hasAlerts()) {
      to.setAlerts(from.getAlerts());
    }
    if (from.hasLastDrill()) {
      to.setLastDrill(from.getLastDrill());
    }
    if (from.hasLastGoodDrill()) {
      to.setLastGoodDrill(from.getLastGoodDrill());
    }
  }
}
