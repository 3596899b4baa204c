package io.sluice.gateway.placement;

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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A disk in memory that fails, stalls and rots as it is told. */
public final class FakeReplica implements ChunkReplica {
  /** What becomes of the next requests. */
  public enum Mood {
    WELL,
    UNAVAILABLE,
    /** Requests wait until {@link #answerAll}. */
    STALLED
  }

  private final String id;
  private final Map<ChunkId, byte[]> records = new ConcurrentHashMap<>();
  private final Deque<Runnable> stalled = new ArrayDeque<>();
  public final AtomicInteger reads = new AtomicInteger();
  public volatile Mood mood = Mood.WELL;
  public volatile State state = State.WRITABLE;
  public volatile boolean damaged;
  public volatile long refusedBelow;
  public final AtomicInteger failNextWrites = new AtomicInteger();
  public volatile Load load = new Load(0, 0, 1 << 30, 1 << 30);

  public FakeReplica(String id) {
    this.id = id;
  }

  /** The ids that are here. */
  public Map<ChunkId, byte[]> records() {
    return records;
  }

  /** Lets what was stalled go on. */
  public void answerAll() {
    Queue<Runnable> all;
    synchronized (stalled) {
      all = new ArrayDeque<>(stalled);
      stalled.clear();
    }
    all.forEach(Runnable::run);
  }

  /** Lets the newest of what was stalled go on. */
  public void answerLast() {
    Runnable last;
    synchronized (stalled) {
      last = stalled.removeLast();
    }
    last.run();
  }

  public int stalledRequests() {
    synchronized (stalled) {
      return stalled.size();
    }
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
    return load;
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    byte[] record = new byte[chunk.record().readableBytes()];
    chunk.record().getBytes(chunk.record().readerIndex(), record);
    if (layoutVersion < refusedBelow) {
      return Future.failedFuture(unavailable());
    }
    boolean fails = failNextWrites.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    return when(
        () -> {
          if (fails) {
            throw unavailable();
          }
          records.put(chunk.header().id(), record);
          return null;
        });
  }

  @Override
  public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
    reads.incrementAndGet();
    return when(() -> frames(chunk, firstFrame, frameCount));
  }

  private StoredFrames frames(ChunkId chunk, int firstFrame, int frameCount) {
    byte[] record = records.get(chunk);
    if (record == null) {
      throw new StorageFailure.ChunkNotFound(chunk.toString());
    }
    if (damaged) {
      throw new StorageFailure.ChunkDamaged(chunk.toString(), null);
    }
    try {
      ChunkHeader header = ChunkRecord.readHead(ByteBuffer.wrap(record));
      int end = Math.min(header.frames().size(), firstFrame + frameCount);
      int at = header.headLength();
      for (int i = 0; i < firstFrame; i++) {
        at += header.frames().get(i).storedLength();
      }
      int length = 0;
      for (int i = firstFrame; i < end; i++) {
        length += header.frames().get(i).storedLength();
      }
      ByteBuf stored = Unpooled.directBuffer(length).writeBytes(record, at, length);
      return new StoredFrames(header, firstFrame, end - firstFrame, stored);
    } catch (ChunkRecord.MalformedRecordException e) {
      throw new StorageFailure.ChunkDamaged(chunk.toString(), e);
    }
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    ids.forEach(records::remove);
    return Future.succeededFuture();
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    return Future.succeededFuture(records.keySet().stream().sorted().limit(max).toList());
  }

  private <T> Future<T> when(Supplier<T> answer) {
    Promise<T> promise = Promise.promise();
    Runnable task =
        () -> {
          try {
            promise.complete(answer.get());
          } catch (RuntimeException e) {
            promise.fail(e);
          }
        };
    switch (mood) {
      case WELL -> task.run();
      case UNAVAILABLE -> promise.fail(unavailable());
      case STALLED -> {
        synchronized (stalled) {
          stalled.add(task);
        }
      }
    }
    return promise.future();
  }

  private static StorageFailure unavailable() {
    return new StorageFailure.Unavailable("told to", Duration.ofSeconds(1), null);
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    refusedBelow = Math.max(refusedBelow, version);
    return Future.succeededFuture();
  }
}
