package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.HistoryEntry;
import io.sluice.storage.proto.HistoryTrimmed;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.TrimHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at some rows of the history: first those whose pin was removed, then those that ended
 * before the window began, oldest first. What no pin holds is dropped. What one holds goes to the
 * entries of the newest that does, and is looked at again when that one is removed: so each row is
 * looked at once, and once more for each pin that held it and went. While a moment is held ({@link
 * Holds}) nothing is looked at that ended later.
 */
record TrimHistoryCommand(TrimHistory command) implements ShardCommand {
  static final int EXAMINED_MAX = 1_000;

  private static final class Entry {
    final byte[] key;
    final HistoryEntry row;

    Entry(RowCursor cursor) {
      this.key = cursor.key();
      this.row = Rows.parse(HistoryEntry.parser(), cursor.value());
    }
  }

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    int max = command.getMax();
    if (max < 1 || max > EXAMINED_MAX) {
      throw ApplyContext.invalid("1 to 1000 rows of the history are looked at at once.");
    }
    Holds.forgetExpired(context.header(), context.nowMs());
    LogPosition held = Holds.oldest(context.header());
    // Everything is read before anything is changed: a scan does not see the transaction's changes.
    Pins pins = Pins.read(context.rows());
    List<Entry> entries = new ArrayList<>();
    List<PinRow> emptied = new ArrayList<>();
    // What a removed pin held may have ended whenever, so it waits until nothing is held.
    boolean more = held == null && readRemoved(context.rows(), pins, max, entries, emptied);
    more |= readQueue(context, max, held, entries);
    emptied.forEach(pin -> pins.forget(context, pin));
    int released = 0;
    for (Entry entry : entries) {
      released += examine(context, pins, entry) ? 1 : 0;
      remember(context, pins, entry);
    }
    return Outcome.newBuilder()
        .setTrimmed(
            HistoryTrimmed.newBuilder()
                .setExamined(entries.size())
                .setReleased(released)
                .setMore(more));
  }

  /** Whether there are more than fit. */
  private static boolean readRemoved(
      Rows rows, Pins pins, int max, List<Entry> into, List<PinRow> emptied) {
    for (PinRow pin : pins.removed()) {
      byte[] first = KeyCodec.held(pin.getAt());
      try (RowCursor cursor = scanBehind(rows, first, pin.getExamined())) {
        for (; cursor.isValid(); cursor.next()) {
          if (into.size() == max) {
            return true;
          }
          into.add(new Entry(cursor));
        }
      }
      emptied.add(pin);
    }
    return false;
  }

  /** Whether there are more than fit. */
  private boolean readQueue(
      ApplyContext context, int max, @Nullable LogPosition held, List<Entry> into) {
    long beforeMs =
        Math.min(command.getBeforeMs(), context.nowMs() - context.header().getHistoryWindowMs());
    ByteString examined = context.header().getHistoryExamined();
    try (RowCursor cursor = scanBehind(context.rows(), KeyCodec.QUEUE, examined)) {
      for (; cursor.isValid(); cursor.next()) {
        Entry entry = new Entry(cursor);
        boolean isHeld = held != null && Positions.isAfter(KeyCodec.entryEnd(entry.key), held);
        if (isHeld || entry.row.getEndedMs() >= beforeMs) {
          return false;
        }
        if (into.size() == max) {
          return true;
        }
        into.add(entry);
      }
    }
    return false;
  }

  /**
   * Without what was looked at before: a scan from the beginning would go through all that was
   * deleted there.
   */
  private static RowCursor scanBehind(Rows rows, byte[] prefix, ByteString examined) {
    byte[] from =
        examined.isEmpty() ? prefix : Arrays.copyOf(examined.toByteArray(), examined.size() + 1);
    return rows.scan(Family.HISTORY_QUEUE, from, KeyCodec.after(prefix));
  }

  /** Where the next command goes on. */
  private static void remember(ApplyContext context, Pins pins, Entry entry) {
    ByteString key = ByteString.copyFrom(entry.key);
    if (KeyCodec.startsWith(entry.key, KeyCodec.QUEUE)) {
      context.header().setHistoryExamined(key);
    } else {
      pins.examined(context, KeyCodec.pinIn(entry.key), key);
    }
  }

  /** Whether it was dropped. */
  private static boolean examine(ApplyContext context, Pins pins, Entry entry) {
    Transaction rows = context.rows();
    LogPosition ended = KeyCodec.entryEnd(entry.key);
    rows.delete(Family.HISTORY_QUEUE, entry.key);
    PinRow holder = pins.holder(entry.row.getBegan(), ended);
    if (holder == null) {
      new History(context).release(entry.row, ended);
      return true;
    }
    byte[] held = KeyCodec.held(holder.getAt(), ended, KeyCodec.entryNumber(entry.key));
    rows.put(Family.HISTORY_QUEUE, held, entry.row);
    pins.count(context, holder, entry.row.getSize());
    return false;
  }
}
