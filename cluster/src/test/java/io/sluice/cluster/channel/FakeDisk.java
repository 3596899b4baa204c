package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A disk in memory that does what it is told. */
final class FakeDisk implements ChunkReplica {
  private final String id;
  final Map<ChunkId, byte[]> records = new ConcurrentHashMap<>();
  final Map<ChunkId, Long> layouts = new ConcurrentHashMap<>();
  final AtomicInteger writes = new AtomicInteger();

  /** What every request fails with, if anything. */
  volatile @Nullable RuntimeException failure;

  /** While set, writes wait in {@link #held}. */
  volatile boolean holds;

  final Queue<Promise<Void>> held = new ConcurrentLinkedQueue<>();
  volatile State state = State.WRITABLE;
  volatile long raisedTo;

  FakeDisk(String id) {
    this.id = id;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public Load load() {
    return new Load(3, 4, 5, 6);
  }

  private <T> Future<T> orFailure(T answer) {
    RuntimeException failing = failure;
    return failing == null ? Future.succeededFuture(answer) : Future.failedFuture(failing);
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    writes.incrementAndGet();
    byte[] bytes = new byte[chunk.record().readableBytes()];
    chunk.record().getBytes(chunk.record().readerIndex(), bytes);
    if (failure == null) {
      records.put(chunk.header().id(), bytes);
      layouts.put(chunk.header().id(), layoutVersion);
    }
    if (holds) {
      Promise<Void> later = Promise.promise();
      held.add(later);
      return later.future();
    }
    return orFailure(null);
  }

  @Override
  public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
    byte[] record = records.get(chunk);
    if (record == null) {
      return Future.failedFuture(new StorageFailure.ChunkNotFound("no " + chunk));
    }
    try {
      ChunkHeader header = ChunkRecord.readHead(ByteBuffer.wrap(record));
      int at = header.headLength();
      int length = 0;
      int end = Math.min(header.frames().size(), firstFrame + frameCount);
      for (int i = 0; i < end; i++) {
        int stored = header.frames().get(i).storedLength();
        at += i < firstFrame ? stored : 0;
        length += i < firstFrame ? 0 : stored;
      }
      ByteBuf stored = Unpooled.directBuffer(length).writeBytes(record, at, length);
      return orFailure(new StoredFrames(header, firstFrame, end - firstFrame, stored));
    } catch (ChunkRecord.MalformedRecordException e) {
      return Future.failedFuture(e);
    }
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    ids.forEach(records::remove);
    return orFailure(null);
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    return orFailure(
        records.keySet().stream()
            .filter(chunk -> chunk.partition() == partition)
            .filter(chunk -> after == null || chunk.compareTo(after) > 0)
            .sorted()
            .limit(max)
            .toList());
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    raisedTo = version;
    return orFailure(null);
  }
}
