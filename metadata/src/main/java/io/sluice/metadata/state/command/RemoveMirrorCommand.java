package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RemoveMirror;

/**
 * Forgets a mirror. What lies there stays, and whoever mirrors is told when it next says how far.
 */
record RemoveMirrorCommand(RemoveMirror command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Mirrors.require(context.rows(), command.getName());
    context.rows().delete(Family.NODES, KeyCodec.mirror(command.getName()));
    return ApplyContext.done();
  }
}
