package io.sluice.recovery.job;

import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.BackupRow;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a backup and all it builds on, page by page: what a synthetic full backup is put
 * together from. Blocks; for one thread at a time.
 */
final class StoredRows implements Closeable {
  private static final int PAGE_ROWS = 1_000;

  private final SetState state;
  private @Nullable RowGroup next;

  StoredRows(SetState state) throws IOException {
    this.state = state;
    this.next = state.next();
  }

  /** The next page, of one shard; one without rows is the end. */
  RowPage nextPage() throws IOException {
    List<BackupRow> rows = new ArrayList<>();
    int shard = next == null ? 0 : next.key().shard();
    while (next != null && next.key().shard() == shard && rows.size() < PAGE_ROWS) {
      rows.add(next.row());
      for (int i = 0; i < next.partCount(); i++) {
        rows.add(BackupRow.newBuilder().setPart(next.part(i)).build());
      }
      next = state.next();
    }
    return new RowPage(shard, rows);
  }

  @Override
  public void close() throws IOException {
    state.close();
  }
}
