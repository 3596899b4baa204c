package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Past;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.HistoryHold;
import io.sluice.storage.proto.HoldHistory;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardHeader;

/** Keeps a moment for a while, or for longer. */
record HoldHistoryCommand(HoldHistory command) implements ShardCommand {
  private static final int ID_LENGTH_MAX = 64;
  private static final int RENEW_MS_MAX = 3_600_000;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    if (command.getId().isEmpty() || command.getId().length() > ID_LENGTH_MAX) {
      throw ApplyContext.invalid("The id of a hold has 1 to 64 characters.");
    }
    if (command.getRenewMs() < 1 || command.getRenewMs() > RENEW_MS_MAX) {
      throw ApplyContext.invalid("A hold is renewed within the hour.");
    }
    ShardHeader.Builder header = context.header();
    // One that is late is renewed all the same while nothing was let go, so this is asked first.
    String reason = Past.of(context.rows(), command.getAt()).whyNotKept();
    if (reason != null) {
      throw new RefusedException(RefusalCode.OUTSIDE_HISTORY, reason);
    }
    Holds.remove(header, command.getId());
    Holds.forgetExpired(header, context.nowMs());
    if (header.getHoldsCount() >= Holds.MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "There are 16 restores under way already: let some end first.");
    }
    Holds.put(
        header,
        HistoryHold.newBuilder()
            .setId(command.getId())
            .setAt(command.getAt())
            .setExpiresMs(context.nowMs() + command.getRenewMs())
            .build());
    return ApplyContext.done();
  }
}
