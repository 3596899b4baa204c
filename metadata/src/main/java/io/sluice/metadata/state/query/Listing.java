package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of the keys of a bucket, with what lies between a prefix and the next delimiter rolled
 * up into one common prefix.
 *
 * <p>Costs as much as what it gives: it begins at a seek, reads a row for each key and does one
 * seek for each common prefix, whatever lies below that.
 *
 * <p>Where it begins: after the marker. A marker that is itself a common prefix was given by the
 * page before, so all below it is left out; one that lies inside a common prefix is a key, and what
 * comes after it is rolled up as ever.
 */
final class Listing {
  /** Keys and common prefixes of a page. */
  private static final int ENTRIES_MAX = 1000;

  /** Receives a row that is not rolled up. */
  interface Entry {
    void add(ByteString key, byte[] value);
  }

  /** Rows whose keys begin with a prefix, in the order of their keys. */
  interface Source {
    RowCursor scan(byte[] prefix);
  }

  private final long bucketId;
  private final ByteString prefix;
  private final ByteString delimiter;
  private final int max;
  private final List<ByteString> commonPrefixes = new ArrayList<>();
  private int count;
  private boolean truncated;
  private ByteString last = ByteString.EMPTY;

  /**
   * A listing that is still to be run.
   *
   * @param delimiter empty: nothing is rolled up
   * @param max entries; more than 1,000 are never given
   */
  Listing(long bucketId, ByteString prefix, ByteString delimiter, int max) {
    this.bucketId = bucketId;
    this.prefix = prefix;
    this.delimiter = delimiter;
    this.max = Math.min(max, ENTRIES_MAX);
  }

  /** Common prefixes of the page, in byte order. */
  List<ByteString> commonPrefixes() {
    return commonPrefixes;
  }

  /** Whether there is more after the page. */
  boolean truncated() {
    return truncated;
  }

  /** The last key or common prefix of the page, or the key up to which it went. */
  ByteString last() {
    return last;
  }

  /**
   * Goes through the page. Once.
   *
   * @param marker where to begin after; empty: at the first
   * @param rowAfter the first row that may be given when the marker is a key: the marker's own rows
   *     lie before it
   */
  void run(Source source, ByteString marker, byte[] rowAfter, Entry sink) {
    if (max <= 0) {
      return;
    }
    try (RowCursor cursor = source.scan(KeyCodec.object(bucketId, prefix))) {
      if (!marker.isEmpty() && !seekAfter(cursor, marker, rowAfter)) {
        return;
      }
      while (cursor.isValid()) {
        ByteString key = KeyCodec.objectKeyIn(cursor.key());
        ByteString common = commonPrefix(key);
        if (count == max) {
          truncated = true;
          return;
        }
        count++;
        if (common == null) {
          last = key;
          sink.add(key, cursor.value());
          cursor.next();
        } else {
          last = common;
          commonPrefixes.add(common);
          if (!seekPast(cursor, common)) {
            return;
          }
        }
      }
      byte[] stopped = cursor.stoppedAt();
      if (stopped != null) {
        truncated = true;
        last = KeyCodec.objectKeyIn(stopped);
      }
    }
  }

  /** The first row after all those of {@code key}, which holds no NUL. */
  static byte[] rowAfter(long bucketId, ByteString key) {
    byte[] row = KeyCodec.object(bucketId, key);
    byte[] after = Arrays.copyOf(row, row.length + 1);
    after[row.length] = 1;
    return after;
  }

  private boolean seekAfter(RowCursor cursor, ByteString marker, byte[] rowAfter) {
    if (marker.equals(commonPrefix(marker))) {
      return seekPast(cursor, marker);
    }
    seekForward(cursor, KeyCodec.object(bucketId, prefix), rowAfter);
    return true;
  }

  /** False when nothing can lie behind. */
  private boolean seekPast(RowCursor cursor, ByteString common) {
    byte[] first = KeyCodec.object(bucketId, common);
    byte @Nullable [] after = KeyCodec.after(first);
    if (after == null) {
      return false;
    }
    seekForward(cursor, first, after);
    return true;
  }

  /**
   * Not by where the cursor is: that may cost a walk through rows that are to be left out.
   *
   * @param at the cursor is there, or behind
   */
  private static void seekForward(RowCursor cursor, byte[] at, byte[] row) {
    if (Arrays.compareUnsigned(at, row) < 0) {
      cursor.seek(row);
    }
  }

  /** What {@code key} is rolled up into, or null. */
  private @Nullable ByteString commonPrefix(ByteString key) {
    if (delimiter.isEmpty() || !key.startsWith(prefix)) {
      return null;
    }
    int at = indexOf(key, delimiter, prefix.size());
    return at < 0 ? null : key.substring(0, at + delimiter.size());
  }

  private static int indexOf(ByteString text, ByteString wanted, int from) {
    byte first = wanted.byteAt(0);
    for (int i = from; i <= text.size() - wanted.size(); i++) {
      if (text.byteAt(i) == first
          && (wanted.size() == 1 || text.substring(i, i + wanted.size()).equals(wanted))) {
        return i;
      }
    }
    return -1;
  }
}
