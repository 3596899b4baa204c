package io.sluice.load.powercut;

import java.util.ArrayList;
import java.util.List;

/** What of one file is durable. Offsets and lengths are bytes. */
final class FileState {

  /** The bytes from {@code start} up to, not including, {@code end}. */
  record Extent(long start, long end) {
    boolean overlaps(Extent other) {
      return start < other.end && other.start < end;
    }

    boolean touches(Extent other) {
      return start <= other.end && other.start <= end;
    }
  }

  /** What an fsync that begins now would make durable. */
  record Mark(long size, List<Extent> written) {}

  private long size;
  private long syncedSize;
  private List<Extent> unsynced = new ArrayList<>();
  private List<Extent> durable = new ArrayList<>();

  /**
   * A file that the trace meets.
   *
   * @param existing its size before the trace, which is taken to be durable
   */
  FileState(long existing) {
    size = existing;
    syncedSize = existing;
    if (existing > 0) {
      durable.add(new Extent(0, existing));
    }
  }

  long size() {
    return size;
  }

  void written(long offset, long length) {
    if (length > 0) {
      unsynced.add(new Extent(offset, offset + length));
      size = Math.max(size, offset + length);
    }
  }

  /**
   * Cutting a file short is taken to be durable at once: the bytes are gone from the copy that is
   * damaged.
   */
  void truncated(long length) {
    size = length;
    syncedSize = Math.min(syncedSize, length);
    unsynced = clip(unsynced, length);
    durable = clip(durable, length);
  }

  Mark mark() {
    return new Mark(size, List.copyOf(unsynced));
  }

  /** An fsync that began at {@code mark} succeeded. */
  void synced(Mark mark) {
    syncedSize = Math.min(size, Math.max(syncedSize, mark.size()));
    for (Extent extent : mark.written()) {
      unsynced.remove(extent);
      addDurable(extent);
    }
  }

  /** The size that is sure to outlive a power cut. */
  long syncedSize() {
    return syncedSize;
  }

  /** What may be lost of a file of that size, in order of writing. */
  List<Extent> losable(long actualSize) {
    List<Extent> losable = clip(unsynced, actualSize);
    if (actualSize > syncedSize) {
      losable.add(new Extent(syncedSize, actualSize));
    }
    return losable;
  }

  /**
   * Whether what is written there replaced bytes that were durable: those are not known any more,
   * so they cannot come back.
   */
  boolean replacesDurable(Extent extent) {
    return durable.stream().anyMatch(extent::overlaps);
  }

  private void addDurable(Extent added) {
    // Appends make one growing extent; kept merged so that a long trace stays small.
    long start = added.start();
    long end = added.end();
    List<Extent> merged = new ArrayList<>();
    for (Extent extent : durable) {
      if (extent.touches(new Extent(start, end))) {
        start = Math.min(start, extent.start());
        end = Math.max(end, extent.end());
      } else {
        merged.add(extent);
      }
    }
    merged.add(new Extent(start, end));
    durable = merged;
  }

  private static List<Extent> clip(List<Extent> extents, long length) {
    List<Extent> clipped = new ArrayList<>();
    for (Extent extent : extents) {
      if (extent.start() < length) {
        clipped.add(new Extent(extent.start(), Math.min(extent.end(), length)));
      }
    }
    return clipped;
  }
}
