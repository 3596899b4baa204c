package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TakeMirror;

/**
 * One run at a time mirrors a bucket. A lease in shard time says how long others leave it alone;
 * what keeps a run from moving the position that was taken for dead is its run id.
 */
record TakeMirrorCommand(TakeMirror command) implements ShardCommand {
  private static final int RUN_LENGTH_MAX = 40;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    String run = command.getRunId();
    if (run.isEmpty() || run.length() > RUN_LENGTH_MAX) {
      throw ApplyContext.invalid("The id of a run has 1 to 40 characters.");
    }
    Targets.requireLease(command.getLeaseMs());
    MirrorRecord mirror = Mirrors.require(context.rows(), command.getName());
    if (Mirrors.isAtRest(context, mirror)) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "The replication " + mirror.getName() + " is at rest.");
    }
    boolean isOver =
        mirror.getLeaseUntilMs() <= context.nowMs()
            || mirror.getLeaseUntilMs() == command.getSeenLeaseUntilMs();
    if (!mirror.getRunId().equals(run) && !isOver) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "Another run mirrors " + mirror.getName() + ".");
    }
    MirrorRecord.Builder taken =
        mirror.toBuilder()
            .setRunId(run)
            .clearEndingRunId()
            .setOwner(command.getOwner())
            .setLeaseUntilMs(context.nowMs() + command.getLeaseMs());
    return Outcome.newBuilder().setMirror(Mirrors.put(context, taken));
  }
}
