package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of shard 0 that say which buckets are mirrored, and how far that is. */
final class Mirrors {
  static final int MAX = 16;

  private Mirrors() {}

  static @Nullable MirrorRecord find(Rows rows, String name) {
    return rows.get(Family.NODES, KeyCodec.mirror(name), MirrorRecord.parser());
  }

  static MirrorRecord require(Rows rows, String name) throws RefusedException {
    MirrorRecord mirror = find(rows, name);
    if (mirror == null) {
      throw new RefusedException(RefusalCode.NO_SUCH_MIRROR, "There is no mirror " + name + ".");
    }
    return mirror;
  }

  /** By name; at most {@link #MAX}. */
  static List<MirrorRecord> all(Rows rows) {
    List<MirrorRecord> all = new ArrayList<>();
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.MIRRORS)) {
      for (; cursor.isValid(); cursor.next()) {
        all.add(Rows.parse(MirrorRecord.parser(), cursor.value()));
      }
    }
    return all;
  }

  /**
   * Whether it is a replication that has nothing to do here: no rules, or the cluster is no
   * primary.
   */
  static boolean isAtRest(ApplyContext context, MirrorRecord mirror) {
    return mirror.getReplication()
        && (mirror.getRulesCount() == 0 || context.header().getGate().getClosed());
  }

  /** Writes a mirror's row, with what it needs of the change index. */
  static MirrorRecord put(ApplyContext context, MirrorRecord.Builder mirror) {
    LogPosition needs = needs(mirror.getProgress(), mirror.getDeleteDelayMs() > 0);
    if (needs == null) {
      mirror.clearNeeds();
    } else {
      mirror.setNeeds(needs);
    }
    MirrorRecord put = mirror.build();
    context.rows().put(Family.NODES, KeyCodec.mirror(put.getName()), put);
    return put;
  }

  /** From which position on it reads changes, now or when it has compared; null for none. */
  private static @Nullable LogPosition needs(MirrorProgress progress, boolean delaysDeletes) {
    if (progress.getLost()) {
      return null;
    }
    if (!progress.hasReadTo()) {
      return progress.hasComparedSince() ? progress.getComparedSince() : null;
    }
    boolean deletesBefore =
        delaysDeletes
            && progress.hasDeletedTo()
            && Positions.isAfter(progress.getReadTo(), progress.getDeletedTo());
    return deletesBefore ? progress.getDeletedTo() : progress.getReadTo();
  }
}
