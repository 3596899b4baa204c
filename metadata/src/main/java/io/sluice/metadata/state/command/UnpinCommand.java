package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Unpin;

/** A pin holds nothing from now on; what it held is looked at again by and by. */
record UnpinCommand(Unpin command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Pins pins = Pins.read(context.rows());
    PinRow pin = pins.find(command.getId());
    if (pin != null) {
      pins.put(context, pin.toBuilder().setRemoved(true).build());
    }
    return ApplyContext.done();
  }
}
