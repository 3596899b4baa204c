package io.sluice.testkit;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.LocalReplica;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory, with tombstones and a fence, that can be taken off the network. For all
 * threads.
 */
public final class InMemoryReplica implements LocalReplica {
  private record Stored(ChunkHeader header, ByteString record) {}

  private final String id;
  private final NavigableMap<ChunkId, Stored> chunks = new ConcurrentSkipListMap<>();
  private final Set<ChunkId> tombstones = ConcurrentHashMap.newKeySet();
  private final Set<ChunkId> damaged = ConcurrentHashMap.newKeySet();
  private final AtomicLong fence = new AtomicLong();
  private volatile boolean down;
  private volatile boolean full;

  public InMemoryReplica(String id) {
    this.id = id;
  }

  /** Whether it can't be reached. */
  public void down(boolean unreachable) {
    down = unreachable;
  }

  /** Whether it takes nothing more, not even another layout version. */
  public void full(boolean takesNothing) {
    full = takesNothing;
  }

  /** What is here. */
  public Set<ChunkId> ids() {
    return Set.copyOf(chunks.keySet());
  }

  /** Loses a chunk without a trace, as a bad disk does. */
  public void lose(ChunkId chunk) {
    chunks.remove(chunk);
  }

  /** Lets the bytes of a chunk rot. */
  public void damage(ChunkId chunk) {
    damaged.add(chunk);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public State state() {
    if (down) {
      return State.FAILED;
    }
    return full ? State.READ_ONLY : State.WRITABLE;
  }

  @Override
  public Load load() {
    return new Load(0, 0, 1L << 30, 1L << 30);
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    byte[] record = new byte[chunk.record().readableBytes()];
    chunk.record().getBytes(chunk.record().readerIndex(), record);
    return reachable(
        () -> {
          requireRoom();
          if (layoutVersion < fence.get()) {
            throw new StorageFailure.Unavailable("an old layout", Duration.ofMillis(1), null);
          }
          ChunkId chunkId = chunk.header().id();
          if (tombstones.contains(chunkId)) {
            throw new StorageFailure.ChunkNotFound("deleted");
          }
          chunks.put(chunkId, new Stored(chunk.header(), ByteString.copyFrom(record)));
          return null;
        });
  }

  @Override
  public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
    return reachable(
        () -> {
          Stored stored = chunks.get(chunk);
          if (stored == null) {
            throw new StorageFailure.ChunkNotFound("chunk " + chunk + " is not here");
          }
          if (damaged.contains(chunk)) {
            throw new StorageFailure.ChunkDamaged("chunk " + chunk + " is damaged here", null);
          }
          List<ChunkFrame> frames = stored.header.frames();
          int end = Math.min(frames.size(), firstFrame + frameCount);
          int from = stored.header.headLength() + length(frames, firstFrame);
          int bytes = length(frames, end) - length(frames, firstFrame);
          ByteBuf body =
              Unpooled.copiedBuffer(
                  stored.record.substring(from, from + bytes).asReadOnlyByteBuffer());
          return new StoredFrames(stored.header, firstFrame, end - firstFrame, body);
        });
  }

  private static int length(List<ChunkFrame> frames, int count) {
    return frames.stream().limit(count).mapToInt(ChunkFrame::storedLength).sum();
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    return reachable(
        () -> {
          tombstones.addAll(ids);
          ids.forEach(chunks::remove);
          return null;
        });
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    return reachable(
        () ->
            chunks.keySet().stream()
                .filter(chunk -> chunk.partition() == partition)
                .filter(chunk -> after == null || chunk.compareTo(after) > 0)
                .limit(max)
                .toList());
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    return reachable(
        () -> {
          requireRoom();
          fence.accumulateAndGet(version, Math::max);
          return null;
        });
  }

  @Override
  public Future<Void> evict(List<ChunkId> ids) {
    return reachable(
        () -> {
          ids.forEach(chunks::remove);
          return null;
        });
  }

  private void requireRoom() {
    if (full) {
      throw new StorageFailure.DiskFailed(id + " is full", null);
    }
  }

  private <T extends @Nullable Object> Future<T> reachable(Supplier<T> answer) {
    if (down) {
      return Future.failedFuture(
          new StorageFailure.Unavailable(id + " is down", Duration.ofMillis(1), null));
    }
    try {
      return Future.succeededFuture(answer.get());
    } catch (StorageFailure e) {
      return Future.failedFuture(e);
    }
  }
}
