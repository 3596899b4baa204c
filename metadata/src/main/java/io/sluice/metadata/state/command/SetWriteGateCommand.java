package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.SetWriteGate;

/** Has a shard take what clients write, or not. */
record SetWriteGateCommand(SetWriteGate command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    if (command.getGate().getNotice().length() > PutRoleCommand.NOTICE_LENGTH_MAX) {
      throw ApplyContext.invalid("A notice has at most 1,000 characters.");
    }
    WriteGates.set(context, command.getGate());
    return ApplyContext.done();
  }
}
