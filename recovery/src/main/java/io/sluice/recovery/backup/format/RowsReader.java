package io.sluice.recovery.backup.format;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.proto.BackupRow;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file of rows, from its first to its last. Keeps one block, and the rows of one object,
 * in memory. Blocks; for one thread at a time.
 */
public final class RowsReader implements Closeable {
  private final BlockFile file;
  private final @Nullable Consumer<RowGap> gaps;
  private final Deque<Row> rows = new ArrayDeque<>();
  private int nextBlock;
  private byte[] previous = new byte[0];

  /** The first thing that was lost since the last row without parts was taken. */
  private @Nullable RowKey lost;

  /** A row as it lies in a block; parts have no key. */
  private record Row(@Nullable RowKey key, BackupRow row, ByteString stored) {}

  private RowsReader(BlockFile file, @Nullable Consumer<RowGap> gaps) {
    this.file = file;
    this.gaps = gaps;
  }

  /**
   * Opens a file.
   *
   * @param gaps takes what can't be read, before anything that comes after it is returned; null: it
   *     is thrown
   * @throws DamagedFileException when it is another, or its index can't be read
   */
  public static RowsReader open(BackupFiles files, String name, @Nullable Consumer<RowGap> gaps)
      throws IOException {
    return new RowsReader(BlockFile.open(files, name, RowsWriter.MAGIC), gaps);
  }

  /**
   * The next row, with its parts; null at the end.
   *
   * @throws DamagedFileException when there is one that can't be read, and nobody takes gaps
   */
  public @Nullable RowGroup next() throws IOException {
    while (fill()) {
      Row head = rows.remove();
      RowKey key = head.key();
      if (key == null) {
        continue; // a part of an object that is lost
      }
      lost = null;
      List<ByteString> parts = new ArrayList<>();
      while (fill() && rows.element().key() == null) {
        parts.add(rows.remove().stored());
      }
      // Some of its parts may have been in a block that was passed over just now.
      if (!key.equals(lost)) {
        return new RowGroup(key, head.row(), parts);
      }
    }
    return null;
  }

  /** Whether there is a row: of the block at hand, or of the next that can be read. */
  private boolean fill() throws IOException {
    while (rows.isEmpty() && nextBlock < file.blocks()) {
      int block = nextBlock++;
      try {
        parse(block, file.read(block));
      } catch (DamagedFileException e) {
        rows.clear();
        if (gaps == null) {
          throw e;
        }
        RowKey from = RowKey.decode(file.firstKey(block));
        lost = lost == null ? from : lost;
        gaps.accept(new RowGap(file.name(), String.valueOf(e.getMessage()), from, endOf(block)));
      }
    }
    return !rows.isEmpty();
  }

  private RowKey endOf(int block) {
    return RowKey.decode(block + 1 < file.blocks() ? file.firstKey(block + 1) : file.lastKey());
  }

  private void parse(int block, byte[] plain) throws IOException {
    CodedInputStream input = CodedInputStream.newInstance(plain);
    try {
      while (!input.isAtEnd()) {
        ByteString stored = input.readBytes();
        BackupRow row = BackupRow.parseFrom(stored);
        RowKey key = row.hasPart() ? null : RowKey.of(file.tag(block), row);
        rows.add(new Row(key, row, stored));
        if (key != null) {
          byte[] encoded = key.encode();
          if (Arrays.compareUnsigned(encoded, previous) <= 0) {
            throw file.damaged("block " + block + " is not sorted");
          }
          previous = encoded;
        }
      }
    } catch (DamagedFileException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw file.damaged("block " + block + " holds what is no row");
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
