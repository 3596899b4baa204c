package io.sluice.storage.verticle;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import io.sluice.storage.chunk.ChunkReplica.State;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry;
import io.sluice.storage.verticle.index.IndexUpdate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Requests that become durable together: decides for each what is to be written, in the order they
 * came. Used by the appender's thread.
 */
final class AppendBatch {
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  private final ChunkIndex index;
  private final DiskHealth health;
  private final UUID clusterId;
  private final long oldestLayout;
  private final List<AppendRequest> accepted = new ArrayList<>();
  private final List<OutgoingRecord> records = new ArrayList<>();
  private final List<ByteBuf> owned = new ArrayList<>();
  private final Set<ChunkId> written = new HashSet<>();
  private final Set<ChunkId> deleted = new HashSet<>();

  /**
   * @param oldestLayout the layout version below which chunks are refused
   */
  AppendBatch(ChunkIndex index, DiskHealth health, UUID clusterId, long oldestLayout) {
    this.index = index;
    this.health = health;
    this.clusterId = clusterId;
    this.oldestLayout = oldestLayout;
  }

  /**
   * Takes requests in, or fails each that can't be.
   *
   * @throws IOException when the index can't be asked; all are taken in then, to be failed together
   */
  void addAll(List<AppendRequest> requests) throws IOException {
    accepted.addAll(requests);
    for (AppendRequest request : requests) {
      StorageFailure refusal = plan(request);
      if (refusal != null) {
        accepted.remove(request);
        request.release();
        request.promise().tryFail(refusal);
      }
    }
  }

  private @Nullable StorageFailure plan(AppendRequest request) throws IOException {
    if (request instanceof AppendRequest.Put put) {
      // Asked again here: the version may have been raised while the chunk waited, and what is
      // acknowledged after that under an older one would be missed by the lists (INVARIANTS 4).
      return put.layoutVersion() < oldestLayout
          ? olderLayout(put.layoutVersion(), oldestLayout)
          : plan(put.chunk());
    }
    return request instanceof AppendRequest.Delete delete ? plan(delete) : null;
  }

  static StorageFailure olderLayout(long version, long oldest) {
    return new StorageFailure.Unavailable(
        "layout " + version + " is older than " + oldest, RETRY_AFTER, null);
  }

  private @Nullable StorageFailure plan(EncodedChunk chunk) throws IOException {
    if (health.state() != State.WRITABLE) {
      return new StorageFailure.DiskFailed(health.reason(), null);
    }
    String damage = damageOf(chunk);
    if (damage != null) {
      return new StorageFailure.ChunkDamaged(damage, null);
    }
    ChunkId id = chunk.header().id();
    IndexEntry known = index.get(id);
    if (known instanceof IndexEntry.Deleted || deleted.contains(id)) {
      return new StorageFailure.ChunkNotFound("chunk " + id + " was deleted");
    }
    boolean there = known instanceof IndexEntry.Stored stored && !stored.damaged();
    if (!there && written.add(id)) {
      records.add(new OutgoingRecord(chunk.header(), chunk.record()));
    }
    return null;
  }

  private @Nullable StorageFailure plan(AppendRequest.Delete request) throws IOException {
    if (health.state() == State.FAILED) {
      return new StorageFailure.DiskFailed(health.reason(), null);
    }
    List<ChunkHeader> tombstones = new ArrayList<>();
    for (ChunkId id : request.ids()) {
      if (!(index.get(id) instanceof IndexEntry.Deleted) && deleted.add(id)) {
        tombstones.add(new ChunkHeader(id, clusterId, true, 0, List.of()));
      }
    }
    if (tombstones.isEmpty()) {
      return null;
    }
    int each = ChunkRecord.FIXED_HEAD;
    ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(each * tombstones.size());
    owned.add(bytes);
    bytes.writerIndex(each * tombstones.size());
    for (int i = 0; i < tombstones.size(); i++) {
      ChunkRecord.writeHead(tombstones.get(i), bytes.nioBuffer(i * each, each));
      records.add(new OutgoingRecord(tombstones.get(i), bytes.slice(i * each, each)));
    }
    return null;
  }

  /** What is wrong with a chunk, or null: bytes are checked where they enter (INVARIANTS 9). */
  private @Nullable String damageOf(EncodedChunk chunk) {
    ByteBuf record = chunk.record();
    int start = record.readerIndex();
    ChunkHeader header = chunk.header();
    try {
      ChunkHeader read = ChunkRecord.readHead(record.nioBuffer(start, header.headLength()));
      if (!read.equals(header) || header.tombstone()) {
        return "the record's head is not the chunk's";
      }
    } catch (MalformedRecordException e) {
      return e.getMessage();
    }
    if (!header.clusterId().equals(clusterId)) {
      return "the chunk is of cluster " + header.clusterId();
    }
    ByteBuf body = record.slice(start + header.headLength(), header.bodyLength());
    return RecordScanner.framesMatch(header.frames(), body)
        ? null
        : "chunk " + header.id() + " does not match its CRC32C";
  }

  /** What is to be written. */
  List<OutgoingRecord> records() {
    return records;
  }

  /** How many requests were taken in. */
  int size() {
    return accepted.size();
  }

  /** Tells the index where the records lie now. */
  void index(IndexUpdate update, long nowMs, long reviewMs) throws IOException {
    for (OutgoingRecord record : records) {
      ChunkHeader header = record.header();
      long segment = record.segment();
      if (header.tombstone()) {
        IndexEntry.Deleted tombstone = new IndexEntry.Deleted(segment, nowMs);
        update.deleted(header.id(), record.length(), tombstone, reviewMs);
      } else {
        update.stored(header, segment, record.offset());
        for (long leftover : record.leftovers()) {
          update.ghost(header.id(), leftover);
        }
      }
    }
  }

  /** Gives up every buffer, and then answers. */
  void complete(@Nullable StorageFailure failure) {
    owned.forEach(ByteBuf::release);
    accepted.forEach(AppendRequest::release);
    for (AppendRequest request : accepted) {
      if (failure == null) {
        request.promise().tryComplete();
      } else {
        request.promise().tryFail(failure);
      }
    }
  }
}
