package io.sluice.metadata.state.row;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What one command reads and changes: the rows of the shard, under the changes made so far. Nothing
 * is written until the whole of it is, at once. Used by one thread.
 *
 * <p>Ranges are deleted before single rows are written, whatever the order of the calls: a range
 * deletion forgets earlier changes in its range, so the result is the same.
 */
public final class Transaction implements Rows {
  /** Receives the changes in the order in which they must be made. */
  public interface Sink {
    void deleteRange(Family family, byte[] from, byte[] to);

    void put(Family family, byte[] key, byte[] value);

    void delete(Family family, byte[] key);
  }

  private static final class Range {
    final byte[] from;
    final byte[] to;

    Range(byte[] from, byte[] to) {
      this.from = from;
      this.to = to;
    }

    boolean contains(byte[] key) {
      return Arrays.compareUnsigned(from, key) <= 0 && Arrays.compareUnsigned(key, to) < 0;
    }
  }

  private static final class Changes {
    final NavigableMap<byte[], byte @Nullable []> rows = new TreeMap<>(Arrays::compareUnsigned);
    final List<Range> deletedRanges = new ArrayList<>();
  }

  private final Rows base;
  private final Map<Family, Changes> changes = new EnumMap<>(Family.class);

  public Transaction(Rows base) {
    this.base = base;
  }

  @Override
  public byte @Nullable [] get(Family family, byte[] key) {
    Changes changed = changes.get(family);
    if (changed != null) {
      if (changed.rows.containsKey(key)) {
        return changed.rows.get(key);
      }
      for (Range range : changed.deletedRanges) {
        if (range.contains(key)) {
          return null;
        }
      }
    }
    return base.get(family, key);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Gives what was there before the transaction.
   *
   * @throws IllegalStateException when the transaction has changed the family already
   */
  @Override
  public RowCursor scan(Family family, byte[] from, byte @Nullable [] to) {
    if (changes.containsKey(family)) {
      throw new IllegalStateException("scan of " + family + " after a change to it");
    }
    return base.scan(family, from, to);
  }

  public void put(Family family, byte[] key, MessageLite value) {
    put(family, key, value.toByteArray());
  }

  public void put(Family family, byte[] key, byte[] value) {
    of(family).rows.put(key, value);
  }

  public void delete(Family family, byte[] key) {
    of(family).rows.put(key, null);
  }

  /**
   * Deletes the rows from {@code from} to before {@code to}.
   *
   * @throws IllegalStateException for a family with rows whose undo rows would be forgotten
   */
  public void deleteRange(Family family, byte[] from, byte[] to) {
    if (family.hasUndo()) {
      throw new IllegalStateException("rows of " + family + " are deleted one by one");
    }
    Changes changed = of(family);
    changed.rows.subMap(from, true, to, false).clear();
    changed.deletedRanges.add(new Range(from, to));
  }

  /** Gives each row of a family that was put (with its value) or deleted (null) so far. */
  public void forEachChange(Family family, BiConsumer<byte[], byte @Nullable []> action) {
    Changes changed = changes.get(family);
    if (changed != null) {
      changed.rows.forEach(action);
    }
  }

  /** The row as it was before the transaction; or null. */
  public byte @Nullable [] before(Family family, byte[] key) {
    return base.get(family, key);
  }

  /** Gives all changes to {@code sink}. */
  public void writeTo(Sink sink) {
    changes.forEach(
        (family, changed) -> {
          for (Range range : changed.deletedRanges) {
            sink.deleteRange(family, range.from, range.to);
          }
          changed.rows.forEach(
              (key, value) -> {
                if (value == null) {
                  sink.delete(family, key);
                } else {
                  sink.put(family, key, value);
                }
              });
        });
  }

  private Changes of(Family family) {
    return changes.computeIfAbsent(family, unused -> new Changes());
  }
}
