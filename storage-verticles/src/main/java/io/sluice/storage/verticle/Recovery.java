package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry;
import io.sluice.storage.verticle.index.IndexUpdate;
import io.sluice.storage.verticle.index.SegmentStats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the segments of a disk and brings the index up to them. Runs once, on the thread that opens
 * the store, before anyone else uses either.
 *
 * <p>Each segment is read from where the index says it was last complete; with a lost index that is
 * from its beginning. Only the newest segment can be appended to again, and only its torn tail is
 * cut; damage anywhere else is stepped over and reported.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final int BATCH_RECORDS = 1024;

  /** Whether the store acknowledged, or may have, what was not on the disk yet. */
  private static final String FACT_LAZY = "acknowledges-before-fsync";

  private final FileLayer files;
  private final SegmentSet segments;
  private final ChunkIndex index;
  private final long nowMs;
  private final long tombstoneReviewMs;
  private final int segmentBytes;
  private final boolean lazyNow;
  private boolean lazyBefore;
  private long recordsRead;
  private long damagedRecords;
  private long tailBytesCut;

  /**
   * @param nowMs taken for the time of deletions that are read again
   */
  Recovery(
      FileLayer files,
      SegmentSet segments,
      ChunkIndex index,
      SegmentStoreOptions options,
      long nowMs) {
    this.files = files;
    this.segments = segments;
    this.index = index;
    this.nowMs = nowMs;
    this.tombstoneReviewMs = nowMs + options.tombstoneAge().toMillis();
    this.segmentBytes = options.segmentBytes();
    this.lazyNow = options.fsync() != Fsync.ALWAYS;
  }

  /** What was found, and the segment to go on with, or null to begin a new one. */
  record Result(RecoveryReport report, @Nullable Segment active) {}

  /**
   * Reads what has to be read.
   *
   * @throws DirectoryRefusedException when a segment is of another cluster, disk or a newer format
   */
  Result run() throws IOException {
    lazyBefore = isLazy(index.fact(FACT_LAZY));
    Map<Long, SegmentStats> known = index.segments();
    List<Long> numbers = new ArrayList<>();
    for (String name : files.list(segments.directory())) {
      long number = Segment.numberOf(name);
      if (number >= 0) {
        numbers.add(number);
      }
    }
    Segment active = null;
    for (int i = 0; i < numbers.size(); i++) {
      boolean newest = i == numbers.size() - 1;
      SegmentStats stats = known.getOrDefault(numbers.get(i), SegmentStats.NONE);
      active = open(numbers.get(i), stats, newest);
    }
    int missing = forgetMissing(known);
    if (lazyBefore != lazyNow) {
      byte[] lazy = {(byte) (lazyNow ? 1 : 0)};
      index.update(update -> update.putFact(FACT_LAZY, lazy));
    }
    if (recordsRead > 0 || index.isFresh() || lazyBefore != lazyNow) {
      index.flush();
    }
    return new Result(
        new RecoveryReport(recordsRead, damagedRecords, tailBytesCut, missing, index.isFresh()),
        active);
  }

  private static boolean isLazy(byte @Nullable [] fact) {
    return fact != null && fact.length == 1 && fact[0] == 1;
  }

  private @Nullable Segment open(long number, SegmentStats stats, boolean newest)
      throws IOException {
    segments.noteNumber(number);
    Path path = segments.directory().resolve(Segment.fileName(number));
    SegmentFile file = files.open(path);
    boolean headerRight = checkHeader(path, file, number);
    long size = file.size();
    boolean inGoodOrder = SegmentTrailer.isAtEndOf(file, number);
    long limit = inGoodOrder ? size - SegmentTrailer.LENGTH : size;
    long from = Math.max(SegmentHeader.LENGTH, stats.indexedUpTo());
    if (from > limit) {
      from = SegmentHeader.LENGTH; // the file has lost bytes that the index knows: look at all
    }
    long end = stats.sealed() ? limit : scan(number, file, from, limit, !inGoodOrder);
    if (!headerRight && newest && end <= SegmentHeader.LENGTH) {
      // A crash while it was made: nothing was written to it, let alone acknowledged.
      file.close();
      files.delete(path);
      files.syncDirectory(segments.directory());
      return null;
    }
    boolean sealed = stats.sealed() || inGoodOrder || !newest || !headerRight;
    if (!sealed) {
      cut(number, file, path, size, end);
      sealed = end >= segmentBytes;
    } else if (!stats.sealed() && !inGoodOrder) {
      file.force(); // one that a crash ended, as below
    }
    Segment segment = new Segment(number, path, file, end, sealed);
    segments.add(segment);
    if (sealed && !stats.sealed()) {
      index.update(update -> update.sealed(number));
    }
    return sealed ? null : segment;
  }

  private boolean checkHeader(Path path, SegmentFile file, long number) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.LENGTH);
    file.read(bytes, 0);
    try {
      SegmentHeader header = SegmentHeader.decode(bytes.flip());
      if (!header.equals(new SegmentHeader(segments.clusterId(), segments.diskId(), number))) {
        throw new DirectoryRefusedException("it belongs to another cluster or disk");
      }
      return true;
    } catch (DirectoryRefusedException e) {
      file.close();
      throw new DirectoryRefusedException(path + ": " + e.getMessage());
    } catch (IOException e) {
      LOG.warn("{}: {}", path, e.getMessage());
      return false;
    }
  }

  private void cut(long number, SegmentFile file, Path path, long size, long end)
      throws IOException {
    if (end < size) {
      LOG.info("{}: cut {} bytes that were never acknowledged", path, size - end);
      tailBytesCut += size - end;
      file.truncate(end);
    }
    // What was read above may only be in memory so far; the index is about to rely on it.
    file.force();
    if (lazyBefore || index.segment(number).indexedUpTo() > end) {
      dropBeyond(number, end);
    }
  }

  /** After a power cut with fsync=interval or never, the index may know more than the disk has. */
  private void dropBeyond(long number, long end) throws IOException {
    index.update(
        update -> {
          index.visit(
              new ChunkId(0, 0),
              null,
              (id, entry) -> {
                if (entry instanceof IndexEntry.Stored place
                    && place.segment() == number
                    && place.offset() >= end) {
                  update.lost(id, place);
                }
                return true;
              });
          update.cutTo(number, end);
        });
  }

  private long scan(long number, SegmentFile file, long from, long limit, boolean mayBeTorn)
      throws IOException {
    List<Found> found = new ArrayList<>();
    RecordScanner scanner = new RecordScanner(file, segments.clusterId());
    long end =
        scanner.scan(
            from,
            limit,
            mayBeTorn,
            mayBeTorn,
            new RecordScanner.Visitor() {
              @Override
              public void record(ChunkHeader header, int offset) throws IOException {
                recordsRead++;
                add(new Found(header, offset, false));
              }

              @Override
              public void damage(@Nullable ChunkHeader header, int offset) throws IOException {
                damagedRecords++;
                LOG.error(
                    "Segment {} is damaged at {}: {}",
                    number,
                    offset,
                    header == null ? "no record can be read there" : header.id());
                if (header != null) {
                  add(new Found(header, offset, true));
                }
              }

              private void add(Found one) throws IOException {
                found.add(one);
                if (found.size() == BATCH_RECORDS) {
                  apply(number, found);
                }
              }
            });
    apply(number, found);
    index.update(update -> update.indexedUpTo(number, end));
    return end;
  }

  private record Found(ChunkHeader header, int offset, boolean damaged) {}

  private void apply(long number, List<Found> found) throws IOException {
    index.update(
        update -> {
          for (Found one : found) {
            apply(update, number, one);
          }
        });
    found.clear();
  }

  private void apply(IndexUpdate update, long number, Found one) throws IOException {
    ChunkHeader header = one.header();
    if (one.damaged()) {
      update.storedDamaged(header, number, one.offset());
    } else if (header.tombstone()) {
      IndexEntry.Deleted tombstone = new IndexEntry.Deleted(number, nowMs);
      update.deleted(header.id(), header.recordLength(), tombstone, tombstoneReviewMs);
    } else {
      update.stored(header, number, one.offset());
    }
    update.indexedUpTo(number, one.offset() + (long) header.recordLength());
  }

  private int forgetMissing(Map<Long, SegmentStats> known) throws IOException {
    int missing = 0;
    for (Map.Entry<Long, SegmentStats> entry : known.entrySet()) {
      long number = entry.getKey();
      segments.noteNumber(number);
      if (segments.contains(number)) {
        continue;
      }
      if (entry.getValue().liveBytes() > 0) {
        missing++;
        LOG.error("{} is missing: what only it held is lost here", Segment.fileName(number));
      } else {
        index.update(update -> update.segmentGone(number));
      }
    }
    return missing;
  }
}
