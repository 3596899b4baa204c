package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.SetHistoryWindow;

/** Sets how long the history goes back. What is gone already does not come back. */
record SetHistoryWindowCommand(SetHistoryWindow command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    if (command.getWindowMs() < 0) {
      throw ApplyContext.invalid("A window is not negative.");
    }
    context.header().setHistoryWindowMs(command.getWindowMs());
    return ApplyContext.done();
  }
}
