package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.proto.ForgetGarbage;
import io.sluice.storage.proto.GarbageId;
import io.sluice.storage.proto.GarbageRow;
import io.sluice.storage.proto.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes the rows of garbage whose chunks are gone from every replica, as far as a page of
 * ListGarbage went. Done again, it does nothing: how far is said absolutely.
 */
record ForgetGarbageCommand(ForgetGarbage command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    // Everything is read before anything is changed: a scan does not see the transaction's changes.
    List<ForgottenGarbage> forgotten = new ArrayList<>();
    for (GarbageId id : command.getIdsList()) {
      byte[] key = KeyCodec.garbage(id.getDereferencedMs(), id.getId());
      GarbageRow row = context.rows().get(Family.GARBAGE, key, GarbageRow.parser());
      if (row != null) {
        forgotten.add(ForgottenGarbage.read(context.rows(), key, row, id.getThrough()));
      }
    }
    for (ForgottenGarbage each : forgotten) {
      each.remove(context);
    }
    return ApplyContext.done();
  }
}
