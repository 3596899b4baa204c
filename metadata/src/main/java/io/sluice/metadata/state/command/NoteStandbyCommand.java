package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.NoteStandby;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.StandbyProgress;

/** Writes down how far a standby is. */
record NoteStandbyCommand(NoteStandby command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    RoleRecord role = context.rows().get(Family.META, KeyCodec.ROLE, RoleRecord.parser());
    if (role == null
        || role.getRole() != RoleRecord.Role.STANDBY
        || role.getRevision() != command.getRevision()) {
      throw new RefusedException(
          RefusalCode.STANDBY_OVER, "The cluster is no standby of that revision any more.");
    }
    if (command.getProgress().getSerializedSize() > PutRoleCommand.BYTES_MAX) {
      throw ApplyContext.invalid("How far a standby is takes at most 64 KiB.");
    }
    StandbyProgress.Builder progress = command.getProgress().toBuilder();
    stampTimes(role.getProgress(), progress, context.nowMs());
    context.rows().put(Family.META, KeyCodec.ROLE, role.toBuilder().setProgress(progress).build());
    return ApplyContext.done();
  }

  /** Of what is new since the last note. */
  private static void stampTimes(
      StandbyProgress before, StandbyProgress.Builder after, long nowMs) {
    after.setAppliedMs(after.getSetId().equals(before.getSetId()) ? before.getAppliedMs() : nowMs);
    boolean sameProblem = after.getProblem().equals(before.getProblem());
    after.setProblemMs(
        after.getProblem().isEmpty() ? 0 : sameProblem ? before.getProblemMs() : nowMs);
  }
}
