package io.sluice.storage.verticle.index;

import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.verticle.index.IndexEntry.Deleted;
import io.sluice.storage.verticle.index.IndexEntry.Stored;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * One change of the index under way. Steps see what earlier steps did.
 *
 * <p>The rules are the same for a record that was just appended, one found when the store is
 * opened, and one that compaction copied, and do not depend on the order in which records are seen:
 * a tombstone beats every copy of its chunk, and of several copies one is live. Every other copy is
 * remembered as a <em>ghost</em>, so that the tombstone is kept as long as one is on the disk.
 */
public final class IndexUpdate {
  private final ChunkIndex index;
  private final WriteBatch batch;
  private final Map<ChunkId, @Nullable IndexEntry> entries = new HashMap<>();
  private final Map<Long, @Nullable SegmentStats> stats = new HashMap<>();

  IndexUpdate(ChunkIndex index, WriteBatch batch) {
    this.index = index;
    this.batch = batch;
  }

  /** What is known of a chunk, with the steps so far. */
  public @Nullable IndexEntry get(ChunkId id) throws IOException {
    return entries.containsKey(id) ? entries.get(id) : index.get(id);
  }

  /** A chunk's record lies at this place. */
  public void stored(ChunkHeader header, long segment, int offset) throws IOException {
    stored(header.id(), Stored.of(header, segment, offset));
  }

  /** A chunk's record lies at this place, and its bytes don't match their CRC32C. */
  public void storedDamaged(ChunkHeader header, long segment, int offset) throws IOException {
    Stored place = Stored.of(header, segment, offset);
    if (get(header.id()) == null) {
      put(header.id(), place.asDamaged());
    } else {
      damaged(header.id(), place);
    }
    ghost(header.id(), segment);
  }

  private void stored(ChunkId id, Stored place) throws IOException {
    IndexEntry known = get(id);
    if (known instanceof Stored there && there.isAt(place.segment(), place.offset())) {
      return;
    }
    if (known == null || (known instanceof Stored there && there.damaged())) {
      put(id, place);
      live(place.segment(), place.recordLength());
    } else {
      ghost(id, place.segment());
    }
  }

  /**
   * A chunk's tombstone lies in this segment.
   *
   * @param reviewMs from when on it is worth asking whether it is still needed
   */
  public void deleted(ChunkId id, int recordLength, Deleted tombstone, long reviewMs)
      throws IOException {
    IndexEntry known = get(id);
    if (known instanceof Deleted) {
      return;
    }
    if (known instanceof Stored there) {
      kill(id, there);
    }
    keepTombstone(id, recordLength, tombstone, reviewMs);
  }

  private void keepTombstone(ChunkId id, int recordLength, Deleted tombstone, long reviewMs)
      throws IOException {
    put(id, tombstone);
    long segment = tombstone.segment();
    stats.put(segment, stats(segment).withTombstone(recordLength).withReview(reviewMs));
  }

  /** The chunk's bytes at this place are damaged; does nothing when it has moved meanwhile. */
  public boolean damaged(ChunkId id, Stored place) throws IOException {
    if (get(id) instanceof Stored there
        && !there.damaged()
        && there.isAt(place.segment(), place.offset())) {
      kill(id, there);
      put(id, there.asDamaged());
      return true;
    }
    return false;
  }

  /** Compaction copied a live chunk; the copy is a ghost when the chunk changed meanwhile. */
  public void moved(ChunkHeader header, long from, int fromOffset, long to, int toOffset)
      throws IOException {
    if (get(header.id()) instanceof Stored there
        && !there.damaged()
        && there.isAt(from, fromOffset)) {
      kill(header.id(), there);
      put(header.id(), Stored.of(header, to, toOffset));
      live(to, header.recordLength());
    } else {
      ghost(header.id(), to);
    }
  }

  /** Compaction copied a tombstone. */
  public void movedTombstone(ChunkId id, int recordLength, long from, long to, long reviewMs)
      throws IOException {
    if (get(id) instanceof Deleted there && there.segment() == from) {
      stats.put(from, stats(from).withTombstone(-recordLength));
      keepTombstone(id, recordLength, new Deleted(to, there.deletedAtMs()), reviewMs);
    }
  }

  /** Nothing can bring the chunk back any more: its tombstone is not needed. */
  public void forget(ChunkId id, int recordLength, long segment) throws IOException {
    if (!(get(id) instanceof Deleted there) || there.segment() != segment) {
      return;
    }
    stats.put(segment, stats(segment).withTombstone(-recordLength));
    entries.put(id, null);
    index.scan(
        IndexKeys.ghost(id, 0),
        IndexKeys.ghost(id, -1),
        (key, value) -> {
          delete(key);
          return true;
        });
  }

  /** The entry points to bytes that are not there any more. */
  public void lost(ChunkId id, Stored place) throws IOException {
    if (get(id) instanceof Stored there && there.isAt(place.segment(), place.offset())) {
      if (!there.damaged()) {
        live(there.segment(), -there.recordLength());
      }
      entries.put(id, null);
    }
  }

  /**
   * The copy is not wanted here any more. Its record is dead from now on; an index that is rebuilt
   * before it is compacted away finds it again, and it is given up again.
   */
  public void evicted(ChunkId id) throws IOException {
    if (get(id) instanceof Stored there) {
      kill(id, there);
      entries.put(id, null);
    }
  }

  /** A dead record of the chunk lies in this segment. */
  public void ghost(ChunkId id, long segment) throws IOException {
    write(IndexKeys.ghost(id, segment), new byte[0]);
  }

  /** Every record before this offset is in the index. */
  public void indexedUpTo(long segment, long offset) throws IOException {
    stats.put(segment, stats(segment).withIndexedUpTo(offset));
  }

  /** The segment was cut to this length. */
  public void cutTo(long segment, long offset) throws IOException {
    stats.put(segment, stats(segment).cutTo(offset));
  }

  /** Nothing is appended to this segment any more. */
  public void sealed(long segment) throws IOException {
    stats.put(segment, stats(segment).withSealed());
  }

  /** The segment's file is gone. */
  public void segmentGone(long segment) {
    stats.put(segment, null);
  }

  /** Keeps a small fact. */
  public void putFact(String name, byte[] value) throws IOException {
    putFact(IndexKeys.fact(name), value);
  }

  void putFact(byte[] key, byte[] value) throws IOException {
    write(key, value);
  }

  /** What is known of a segment, with the steps so far. */
  public SegmentStats stats(long segment) throws IOException {
    SegmentStats known = stats.get(segment);
    return known != null ? known : index.segment(segment);
  }

  void finish() throws IOException {
    for (Map.Entry<ChunkId, @Nullable IndexEntry> entry : entries.entrySet()) {
      byte[] key = IndexKeys.chunk(entry.getKey());
      IndexEntry value = entry.getValue();
      if (value == null) {
        delete(key);
      } else {
        write(key, IndexEntry.encode(value));
      }
    }
    for (Map.Entry<Long, @Nullable SegmentStats> entry : stats.entrySet()) {
      byte[] key = IndexKeys.segment(entry.getKey());
      SegmentStats value = entry.getValue();
      if (value == null) {
        delete(key);
      } else {
        write(key, value.encode());
      }
    }
  }

  private void kill(ChunkId id, Stored there) throws IOException {
    if (!there.damaged()) {
      live(there.segment(), -there.recordLength());
    }
    ghost(id, there.segment());
  }

  private void put(ChunkId id, IndexEntry entry) {
    entries.put(id, entry);
  }

  private void live(long segment, long delta) throws IOException {
    stats.put(segment, stats(segment).withLive(delta));
  }

  private void write(byte[] key, byte[] value) throws IOException {
    try {
      batch.put(key, value);
    } catch (RocksDBException e) {
      throw new IndexFailedException("cannot change the index", e);
    }
  }

  private void delete(byte[] key) throws IOException {
    try {
      batch.delete(key);
    } catch (RocksDBException e) {
      throw new IndexFailedException("cannot change the index", e);
    }
  }
}
