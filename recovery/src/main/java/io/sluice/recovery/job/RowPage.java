package io.sluice.recovery.job;

import io.sluice.storage.proto.BackupRow;
import java.util.List;

/**
 * Some rows of one shard, as they were at the moment of the backup.
 *
 * @param shard where they are from
 * @param rows parts follow the object that they are of, on the page before perhaps
 */
record RowPage(int shard, List<BackupRow> rows) {
  RowPage {
    rows = List.copyOf(rows);
  }
}
