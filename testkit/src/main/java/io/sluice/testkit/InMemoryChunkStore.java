package io.sluice.testkit;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Chunks in memory, in one partition, without replicas. For all threads. */
public final class InMemoryChunkStore implements ChunkStore {
  private record Stored(ChunkHeader header, ByteString body) {}

  private final ConcurrentMap<ChunkId, Stored> chunks = new ConcurrentHashMap<>();
  private final AtomicLong unique = new AtomicLong();
  private final Clock clock;
  private volatile @Nullable StorageFailure writeFault;

  public InMemoryChunkStore(Clock clock) {
    this.clock = clock;
  }

  /** Has writes fail; null for no more. */
  public void failWrites(@Nullable StorageFailure failure) {
    this.writeFault = failure;
  }

  /** What is stored now. */
  public Set<ChunkId> ids() {
    return Set.copyOf(chunks.keySet());
  }

  @Override
  public ChunkId allocate(long routingKey) {
    return ChunkId.of(0, 0, clock.millis(), unique.incrementAndGet());
  }

  @Override
  public Future<Void> write(EncodedChunk chunk) {
    try {
      StorageFailure failure = writeFault;
      if (failure != null) {
        return Future.failedFuture(failure);
      }
      ChunkHeader header = chunk.header();
      byte[] body = new byte[header.bodyLength()];
      ByteBuf record = chunk.record();
      record.getBytes(record.readerIndex() + header.headLength(), body);
      chunks.put(header.id(), new Stored(header, ByteString.copyFrom(body)));
      return Future.succeededFuture();
    } finally {
      chunk.release();
    }
  }

  @Override
  public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
    Stored stored = chunks.get(id);
    if (stored == null) {
      return Future.failedFuture(new StorageFailure.ChunkNotFound("no chunk " + id));
    }
    int frames = stored.header().frames().size();
    int end = Math.min(frames, firstFrame + Math.min(frameCount, ChunkRecord.FRAMES_MAX));
    int from = 0;
    int length = 0;
    for (int i = 0; i < end; i++) {
      ChunkFrame frame = stored.header().frames().get(i);
      if (i < firstFrame) {
        from += frame.storedLength();
      } else {
        length += frame.storedLength();
      }
    }
    return Future.succeededFuture(
        new StoredFrames(
            stored.header(),
            firstFrame,
            Math.max(0, end - firstFrame),
            Unpooled.wrappedBuffer(
                stored.body().substring(from, from + length).asReadOnlyByteBuffer())));
  }
}
