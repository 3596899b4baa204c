package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.RefusalCode;

/**
 * Keeps the state at the command's own position. As part of a cut it is remembered until another
 * command comes: {@link EndCutCommand} asks for that.
 */
record PinCommand(Pin command) implements ShardCommand {
  private static final int ID_LENGTH_MAX = 64;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    if (command.getId().isEmpty() || command.getId().length() > ID_LENGTH_MAX) {
      throw ApplyContext.invalid("The id of a pin has 1 to 64 characters.");
    }
    Pins pins = Pins.read(context.rows());
    PinRow pin = pins.find(command.getId());
    if (pin == null) {
      if (pins.holding() >= Pins.HOLDING_MAX) {
        throw new RefusedException(
            RefusalCode.TOO_MANY, "There are 1000 snapshots already: remove some first.");
      }
      if (pins.count() >= Pins.MAX) {
        throw new RefusedException(
            RefusalCode.TOO_MANY,
            "Snapshots were removed faster than garbage collection clears what they kept: try"
                + " again when it has run.");
      }
      pin =
          PinRow.newBuilder()
              .setId(command.getId())
              .setAt(context.position())
              .setCreatedMs(context.nowMs())
              .build();
      pins.put(context, pin);
      if (command.getHoldMs() > 0) {
        context.header().setCut(context.position());
      }
    }
    return Outcome.newBuilder().setPin(pin);
  }
}
