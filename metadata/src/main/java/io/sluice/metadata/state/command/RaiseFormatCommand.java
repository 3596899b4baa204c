package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.RefusalCode;

/**
 * Makes a newer format the active one, for good. Shard 0 decides, in the same order in which nodes
 * register there: no node can come in that does not know what is active.
 */
record RaiseFormatCommand(RaiseFormat command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    int wanted = command.getFormat();
    int active = FormatRange.named(context.header().getFormat());
    if (wanted <= active) {
      return ApplyContext.done();
    }
    if (context.header().getShard() == MetadataStore.ROOT_SHARD) {
      for (NodeRecord node : ClusterRows.nodes(context.rows())) {
        requireKnownTo(node, wanted);
      }
      ClusterRows.raiseRevision(context.rows());
    }
    if (active < FormatRange.HISTORY && wanted >= FormatRange.HISTORY) {
      // What ended before was kept nowhere.
      context
          .header()
          .setHistorySince(context.position())
          .setHistorySinceMs(context.nowMs())
          // Not every kind of row was named there before.
          .setChangesSince(context.position());
    }
    context.header().setFormat(wanted);
    return ApplyContext.done();
  }

  private static void requireKnownTo(NodeRecord node, int wanted) throws RefusedException {
    if (node.getState() != NodeRecord.State.NODE_REMOVED
        && (FormatRange.named(node.getFormat()) < wanted
            || FormatRange.named(node.getOldestFormat()) > wanted)) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "Node " + node.getName() + " does not know format " + wanted + ".");
    }
  }
}
