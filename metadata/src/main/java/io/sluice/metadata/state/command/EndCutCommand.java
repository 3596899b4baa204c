package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.EndCut;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.RefusalCode;

/**
 * Says whether nothing was applied since a pin of a cut. It is in the log behind the pin, and was
 * proposed when all pins of the cut were in theirs. If nothing lies between them in any shard,
 * there was a moment, between the last pin and the first end, at which every shard was as it is
 * pinned: what was acknowledged before is in the cut, and what came later is not. Neither a clock
 * nor a leader has to be trusted for that (INVARIANTS 10).
 */
record EndCutCommand(EndCut command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    PinRow pin = Pins.read(context.rows()).find(command.getId());
    if (pin == null || !pin.getAt().equals(context.header().getCut())) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "Something was written while the shards were pinned.");
    }
    return ApplyContext.done();
  }
}
