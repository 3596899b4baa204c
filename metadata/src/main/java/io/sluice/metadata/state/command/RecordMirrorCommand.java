package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RefusalCode;

/**
 * Writes down how far a mirror is. What it said before it was said again is not taken back: only a
 * comparison with everything lets it begin elsewhere.
 */
record RecordMirrorCommand(RecordMirror command) implements ShardCommand {
  private static final int PROGRESS_BYTES_MAX = 256 << 10;
  private static final int FAILING_MAX = 100;
  private static final int MOMENTS_MAX = 64;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Targets.requireLease(command.getLeaseMs());
    MirrorRecord mirror = Mirrors.require(context.rows(), command.getName());
    if (command.getGivesBack() && isEnding(mirror)) {
      return Outcome.newBuilder().setMirror(ended(context, mirror).toBuilder().clearRules());
    }
    // Of a cluster that is no primary any more a replication ends; whoever is goes on with it.
    if (!mirror.getRunId().equals(command.getRunId()) || Mirrors.isAtRest(context, mirror)) {
      throw new RefusedException(
          RefusalCode.MIRROR_TAKEN_OVER,
          "Another run has taken over the mirror " + mirror.getName() + ".");
    }
    MirrorProgress said = command.getProgress();
    if (said.getSerializedSize() > PROGRESS_BYTES_MAX
        || said.getFailingCount() > FAILING_MAX
        || said.getMomentsCount() > MOMENTS_MAX) {
      throw ApplyContext.invalid("That is more than is kept of a mirror.");
    }
    MirrorProgress.Builder next = said.toBuilder();
    MirrorProgress before = mirror.getProgress();
    if (!command.getBeginsComparison()) {
      requireNotBack(before.hasPosition(), before.getPosition(), said.getPosition());
      requireNotBack(before.hasReadTo(), before.getReadTo(), said.getReadTo());
      next.setLost(before.getLost() || said.getLost());
    }
    MirrorRecord.Builder recorded =
        mirror.toBuilder()
            .setLeaseUntilMs(context.nowMs() + (command.getGivesBack() ? 0 : command.getLeaseMs()))
            .setProgress(next);
    // The outcome is kept for a while, and written every second: without what may be long.
    return Outcome.newBuilder().setMirror(Mirrors.put(context, recorded).toBuilder().clearRules());
  }

  private boolean isEnding(MirrorRecord mirror) {
    return !mirror.getEndingRunId().isEmpty() && mirror.getEndingRunId().equals(command.getRunId());
  }

  /** Of what it says nothing counts any more but that it is over. */
  private static MirrorRecord ended(ApplyContext context, MirrorRecord mirror) {
    return Mirrors.put(context, mirror.toBuilder().clearEndingRunId().clearLeaseUntilMs());
  }

  private static void requireNotBack(boolean isThere, LogPosition before, LogPosition now)
      throws RefusedException {
    if (isThere && Positions.isAfter(before, now)) {
      throw new RefusedException(RefusalCode.CONFLICT, "The mirror was further than that already.");
    }
  }
}
