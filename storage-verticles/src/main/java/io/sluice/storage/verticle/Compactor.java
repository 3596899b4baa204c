package io.sluice.storage.verticle;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry;
import io.sluice.storage.verticle.index.IndexEntry.Deleted;
import io.sluice.storage.verticle.index.IndexEntry.Stored;
import io.sluice.storage.verticle.index.IndexUpdate;
import io.sluice.storage.verticle.index.SegmentStats;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees the space of dead records: copies what is live out of a segment that is mostly dead, and
 * deletes the segment then.
 *
 * <p>In small steps, each of which is safe by itself: copy some records into a segment of its own,
 * make them durable, switch the index. When all are copied the index is flushed, and only then the
 * old file goes, once nobody reads it. A crash anywhere leaves at worst a second copy of a record,
 * which is a ghost after the restart and goes the same way.
 *
 * <p>A tombstone is dropped only when it is older than the tombstone age <em>and</em> no segment
 * still holds a record of its chunk, so that not even a lost index brings a chunk back.
 *
 * <p>Used by the background thread.
 */
final class Compactor {
  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
  private static final int STEP_COPY_BYTES = 4 << 20;
  private static final int STEP_RECORDS = 256;

  private final ChunkIndex index;
  private final SegmentSet segments;
  private final SegmentWriter writer;
  private final SegmentStoreOptions options;
  private final Clock clock;
  private final StoreMetrics metrics;
  private final Quarantine quarantine;
  private final Set<Long> unreadable = new HashSet<>();

  Compactor(
      ChunkIndex index,
      SegmentSet segments,
      SegmentWriter writer,
      SegmentStoreOptions options,
      Clock clock,
      StoreMetrics metrics,
      Quarantine quarantine) {
    this.index = index;
    this.segments = segments;
    this.writer = writer;
    this.options = options;
    this.clock = clock;
    this.metrics = metrics;
    this.quarantine = quarantine;
  }

  /**
   * Begins with the segment that has the least live bytes of those worth it.
   *
   * <p>One that could not be read is left alone until the next start: what is readable of it is
   * still served, and the others are not to wait for it.
   *
   * @param suspects segments to be emptied whatever is in them
   * @return null when none is worth it
   */
  @Nullable Run begin(Set<Long> suspects) throws IOException {
    Segment best = null;
    long bestLive = Long.MAX_VALUE;
    for (Segment segment : segments.all()) {
      SegmentStats stats = index.segment(segment.number());
      boolean wanted = suspects.contains(segment.number()) || isWorthIt(segment, stats);
      boolean readable = !unreadable.contains(segment.number());
      if (segment.isSealed() && readable && wanted && stats.liveBytes() < bestLive) {
        best = segment;
        bestLive = stats.liveBytes();
      }
    }
    return best == null || !best.acquire() ? null : new Run(best);
  }

  private boolean isWorthIt(Segment segment, SegmentStats stats) {
    double worth = options.compactionLiveRatio() * (segment.end() - SegmentHeader.LENGTH);
    if (stats.liveBytes() <= 0 || stats.liveBytes() < worth) {
      return true;
    }
    boolean tombstonesAreOld =
        stats.tombstoneBytes() > 0 && stats.tombstoneReviewMs() <= clock.millis();
    return tombstonesAreOld && stats.liveBytes() - stats.tombstoneBytes() < worth;
  }

  /** Empties one segment. */
  final class Run {
    private final Segment victim;
    private final RecordScanner scanner;
    private long at = SegmentHeader.LENGTH;

    private Run(Segment victim) {
      this.victim = victim;
      this.scanner = new RecordScanner(victim.file(), segments.clusterId());
    }

    long victim() {
      return victim.number();
    }

    boolean isAtEnd() {
      return at >= victim.end();
    }

    /**
     * Copies some records.
     *
     * @return bytes read and written
     */
    long step() throws IOException {
      List<Copy> copies = new ArrayList<>();
      List<ChunkHeader> forgotten = new ArrayList<>();
      try {
        int copied = 0;
        for (int i = 0; i < STEP_RECORDS && copied < STEP_COPY_BYTES && !isAtEnd(); i++) {
          copied += look(copies, forgotten);
        }
        if (!copies.isEmpty() || !forgotten.isEmpty()) {
          commit(copies, forgotten);
        }
        return 2L * copied;
      } finally {
        copies.forEach(copy -> copy.record().bytes().release());
      }
    }

    private int look(List<Copy> copies, List<ChunkHeader> forgotten) throws IOException {
      ChunkHeader header = fromVictim(() -> scanner.headAt(at, victim.end()));
      if (header == null || at + header.recordLength() > victim.end()) {
        at = requireNonNull(fromVictim(() -> scanner.nextHead(at + 1, victim.end())));
        return 0;
      }
      int offset = Math.toIntExact(at);
      at += header.recordLength();
      IndexEntry entry = index.get(header.id());
      boolean live = isLive(entry, header, offset);
      if (!live) {
        return 0;
      }
      if (entry instanceof Deleted tombstone && isDroppable(header.id(), tombstone)) {
        forgotten.add(header);
        return 0;
      }
      ByteBuf bytes = fromVictim(() -> readRecord(header, offset));
      if (bytes == null) {
        if (entry instanceof Stored place) {
          quarantine.add(header.id(), place);
        }
        return 0;
      }
      copies.add(new Copy(new OutgoingRecord(header, bytes), offset));
      return header.recordLength();
    }

    private <T> @Nullable T fromVictim(FileRead<T> read) throws IOException {
      try {
        return read.run();
      } catch (IOException e) {
        unreadable.add(victim.number());
        throw new UnreadableSegmentException(victim.path(), e);
      }
    }

    private boolean isLive(@Nullable IndexEntry entry, ChunkHeader header, int offset) {
      if (header.tombstone()) {
        return entry instanceof Deleted there && there.segment() == victim.number();
      }
      return entry instanceof Stored there
          && !there.damaged()
          && there.isAt(victim.number(), offset);
    }

    private @Nullable ByteBuf readRecord(ChunkHeader header, int offset) throws IOException {
      int length = header.recordLength();
      ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length);
      boolean right = false;
      try {
        bytes.writerIndex(length);
        right =
            victim.file().read(bytes.nioBuffer(0, length), offset) == length
                && RecordScanner.framesMatch(
                    header.frames(), bytes.slice(header.headLength(), header.bodyLength()));
      } finally {
        if (!right) {
          bytes.release();
        }
      }
      return right ? bytes : null;
    }

    private void commit(List<Copy> copies, List<ChunkHeader> forgotten) throws IOException {
      if (!copies.isEmpty()) {
        writer.append(copies.stream().map(Copy::record).toList(), true);
      }
      List<Segment> finished = writer.takeFinished();
      index.update(
          update -> {
            for (Copy copy : copies) {
              move(update, copy);
            }
            for (ChunkHeader header : forgotten) {
              update.forget(header.id(), header.recordLength(), victim.number());
            }
            for (Segment segment : finished) {
              update.indexedUpTo(segment.number(), segment.end());
              update.sealed(segment.number());
            }
            Segment active = writer.active();
            if (active != null) {
              update.indexedUpTo(active.number(), active.end());
            }
          });
      for (Copy copy : copies) {
        metrics.compactedBytes.increment(copy.record().length());
      }
    }

    private void move(IndexUpdate update, Copy copy) throws IOException {
      OutgoingRecord record = copy.record();
      ChunkHeader header = record.header();
      long from = victim.number();
      if (header.tombstone()) {
        long review = clock.millis() + options.tombstoneAge().toMillis() / 8;
        if (update.get(header.id()) instanceof Deleted there) {
          review = Math.max(review, there.deletedAtMs() + options.tombstoneAge().toMillis());
        }
        update.movedTombstone(header.id(), record.length(), from, record.segment(), review);
        return;
      }
      update.moved(header, from, copy.offset(), record.segment(), record.offset());
      for (long leftover : record.leftovers()) {
        update.ghost(header.id(), leftover);
      }
    }

    private boolean isDroppable(ChunkId id, Deleted tombstone) throws IOException {
      long age = clock.millis() - tombstone.deletedAtMs();
      return age >= options.tombstoneAge().toMillis()
          && !index.hasGhost(id, number -> number != victim.number() && segments.mayExist(number));
    }

    /** Deletes the emptied segment, once nobody reads it. */
    void finish() throws IOException {
      if (index.segment(victim.number()).liveBytes() > 0) {
        quarantineUnreadable();
      }
      index.flush();
      long number = victim.number();
      segments.remove(
          victim,
          (gone, failure) -> {
            if (failure != null) {
              LOG.warn("{} could not be deleted; the next start will", victim.path(), failure);
            }
          });
      victim.release();
      LOG.info("Segment {} was compacted and is no longer used", number);
    }

    /** What the index has here, and the file has not: its head can't be read any more. */
    private void quarantineUnreadable() throws IOException {
      List<Stored> places = new ArrayList<>();
      List<ChunkId> ids = new ArrayList<>();
      index.visit(
          new ChunkId(0, 0),
          null,
          (id, entry) -> {
            if (entry instanceof Stored place
                && place.segment() == victim.number()
                && !place.damaged()) {
              ids.add(id);
              places.add(place);
            }
            return true;
          });
      for (int i = 0; i < ids.size(); i++) {
        quarantine.add(ids.get(i), places.get(i));
      }
    }

    /** Stops half-way; what was copied stays copied. */
    void abort() {
      victim.release();
    }
  }

  private interface FileRead<T> {
    @Nullable T run() throws IOException;
  }

  private record Copy(OutgoingRecord record, int offset) {}
}
