package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.BeginPrune;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PruneRow;
import io.sluice.storage.proto.RefusalCode;
import org.jspecify.annotations.Nullable;

/**
 * One run at a time prunes a place. Whoever wants it learns who has it; a run that was not renewed
 * for as long as its lease is taken over by naming it with the last renewal that was seen. A run
 * that was taken over never has it again, also when its successor has ended.
 */
record BeginPruneCommand(BeginPrune command) implements ShardCommand {
  private static final int PLACE_LENGTH_MAX = 4_096;
  private static final int RUN_LENGTH_MAX = 40;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    requireLength(command.getPlace(), PLACE_LENGTH_MAX, "A place");
    requireLength(command.getRunId(), RUN_LENGTH_MAX, "The id of a run");
    Targets.requireLease(command.getLeaseMs());
    Transaction rows = context.rows();
    PruneRow there = Prunes.find(rows, command.getPlace());
    boolean isOwn = there != null && there.getRunId().equals(command.getRunId());
    if (!isOwn && command.getContinues().equals(command.getRunId())) {
      throw new RefusedException(
          RefusalCode.BACKUP_TAKEN_OVER, "Another run has taken over the prune.");
    }
    if (there != null && !isOwn && !isLeftTo(there)) {
      return Outcome.newBuilder().setPrune(there);
    }
    if (there == null && Prunes.count(rows) >= Prunes.MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, Prunes.MAX + " places are being pruned already.");
    }
    PruneRow taken = taken(there);
    Prunes.put(rows, command.getPlace(), taken);
    return Outcome.newBuilder().setPrune(taken);
  }

  private boolean isLeftTo(PruneRow there) {
    return command.getContinues().equals(there.getRunId())
        && command.getSeenRenewals() == there.getRenewals();
  }

  private PruneRow taken(@Nullable PruneRow there) {
    return PruneRow.newBuilder()
        .setRunId(command.getRunId())
        .setOwner(command.getOwner())
        .setLeaseMs(command.getLeaseMs())
        .setRenewals(there == null ? 1 : there.getRenewals() + 1)
        .build();
  }

  private static void requireLength(String text, int max, String what) throws RefusedException {
    if (text.isEmpty() || text.length() > max || text.indexOf('\0') >= 0) {
      throw ApplyContext.invalid(what + " has 1 to " + max + " characters.");
    }
  }
}
