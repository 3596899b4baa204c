package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.BeginSnapshot;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SnapshotRow;
import java.util.List;

/** Takes a name for a snapshot whose positions are not known yet; done again, it gives the row. */
record BeginSnapshotCommand(BeginSnapshot command) implements ShardCommand {
  private static final int LENGTH_MAX = 64;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    requireLength(command.getId(), "id");
    requireLength(command.getName(), "name");
    List<SnapshotRow> all = Snapshots.all(context.rows());
    for (SnapshotRow row : all) {
      if (row.getName().equals(command.getName())) {
        if (row.getId().equals(command.getId())) {
          return Outcome.newBuilder().setSnapshot(row);
        }
        throw new RefusedException(
            RefusalCode.SNAPSHOT_EXISTS, "There is a snapshot of that name already.");
      }
    }
    if (all.size() >= Snapshots.MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "There are 1000 snapshots already: remove some first.");
    }
    SnapshotRow.Builder row =
        SnapshotRow.newBuilder()
            .setId(command.getId())
            .setName(command.getName())
            .setBucket(command.getBucket())
            .setCreatedMs(context.nowMs())
            .setExpiresMs(command.getExpiresMs());
    if (!command.getBucket().isEmpty()) {
      row.setBucketId(bucket(context).getId());
    }
    Snapshots.put(context, row.build());
    return Outcome.newBuilder().setSnapshot(row);
  }

  private Bucket bucket(ApplyContext context) throws RefusedException {
    Bucket bucket = BucketRows.find(context.rows(), command.getBucket());
    if (bucket == null || bucket.getDeleting()) {
      throw new RefusedException(RefusalCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
    }
    return bucket;
  }

  private static void requireLength(String text, String what) throws RefusedException {
    if (text.isEmpty() || text.length() > LENGTH_MAX) {
      throw ApplyContext.invalid("The " + what + " of a snapshot has 1 to 64 characters.");
    }
  }
}
