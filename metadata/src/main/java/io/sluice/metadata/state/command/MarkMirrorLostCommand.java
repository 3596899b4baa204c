package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.MarkMirrorLost;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;

/**
 * Changes that a mirror needed are gone, or about to be: it compares anew, and everybody sees it.
 */
record MarkMirrorLostCommand(MarkMirrorLost command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    MirrorRecord mirror = Mirrors.require(context.rows(), command.getName());
    if (mirror.hasNeeds() && mirror.getNeeds().equals(command.getNeeds())) {
      MirrorRecord.Builder lost = mirror.toBuilder();
      lost.getProgressBuilder().setLost(true);
      Mirrors.put(context, lost);
    }
    return ApplyContext.done();
  }
}
