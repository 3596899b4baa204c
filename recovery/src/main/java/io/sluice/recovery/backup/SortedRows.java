package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.RowsWriter;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes rows in any order and writes files that are sorted each: some megabytes are sorted in
 * memory, and added to the file at hand when they all come after it. So rows that come sorted
 * become one file, and others several. For one thread at a time.
 */
final class SortedRows implements Closeable {
  /** Stored bytes that are sorted at once; in memory they take several times as much. */
  private static final long PENDING_MAX = 8L << 20;

  /** Stored bytes of a file, at most, about: what one request must be able to send again. */
  private static final long FILE_MAX = 1L << 30;

  private final BackupFiles files;
  private final Supplier<String> names;
  private final List<RowGroup> pending = new ArrayList<>();
  private final List<FileEntry> finished = new ArrayList<>();
  private @Nullable RowsWriter writer;
  private long pendingBytes;
  private long rows;
  private long objects;
  private long removals;
  private long objectBytes;
  private final BucketCounter buckets = new BucketCounter();

  SortedRows(BackupFiles files, Supplier<String> names) {
    this.files = files;
    this.names = names;
  }

  void add(RowGroup row) throws IOException {
    pending.add(row);
    pendingBytes += row.storedBytes();
    if (pendingBytes >= PENDING_MAX) {
      flush();
    }
  }

  private void flush() throws IOException {
    if (pending.isEmpty()) {
      return;
    }
    pending.sort(Comparator.comparing(RowGroup::key)); // stable: the last of several stays last
    RowsWriter to = writerFor(pending.get(0));
    for (int i = 0; i < pending.size(); i++) {
      RowGroup row = pending.get(i);
      if (i + 1 < pending.size() && pending.get(i + 1).key().equals(row.key())) {
        continue;
      }
      to.add(row);
      count(row);
    }
    pending.clear();
    pendingBytes = 0;
  }

  private RowsWriter writerFor(RowGroup first) throws IOException {
    RowsWriter current = writer;
    if (current != null && (!current.isNext(first.key()) || current.position() > FILE_MAX)) {
      finished.add(current.finish());
      current.close();
      current = null;
    }
    if (current == null) {
      current = new RowsWriter(files, names.get());
    }
    writer = current;
    return current;
  }

  private void count(RowGroup row) {
    rows++;
    buckets.add(row);
    if (row.isRemoval()) {
      removals++;
    } else if (row.row().hasObject()) {
      objects++;
      objectBytes += row.row().getObject().getObject().getSize();
    }
  }

  /** Ends the last file; all that were written. */
  List<FileEntry> finish() throws IOException {
    flush();
    RowsWriter last = writer;
    if (last != null) {
      finished.add(last.finish());
      last.close();
      writer = null;
    }
    return finished;
  }

  /** The figures of what was written, with those of chunks from whoever counted them. */
  SetCounts counts(long chunks, long chunkBytes, long storedBytes) {
    return new SetCounts(rows, objects, removals, objectBytes, chunks, chunkBytes, storedBytes);
  }

  /** The same by bucket; null: there are too many. */
  @Nullable SetBuckets buckets() {
    return buckets.counts();
  }

  @Override
  public void close() throws IOException {
    RowsWriter open = writer;
    if (open != null) {
      open.close();
    }
  }
}
