package io.sluice.metadata.gc;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A replica that only knows which chunks it has. */
public class MemoryReplica implements ChunkReplica {
  public final NavigableSet<ChunkId> chunks = new ConcurrentSkipListSet<>();

  /** A deletion of one of these is not confirmed. */
  final Set<ChunkId> keeps = ConcurrentHashMap.newKeySet();

  public volatile boolean down;

  /** How many were asked for. */
  final AtomicInteger deletions = new AtomicInteger();

  @Override
  public String id() {
    return "memory";
  }

  @Override
  public State state() {
    return State.WRITABLE;
  }

  @Override
  public Load load() {
    return new Load(0, 0, 0, 0);
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    return Future.failedFuture(new UnsupportedOperationException());
  }

  @Override
  public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
    return Future.failedFuture(new UnsupportedOperationException());
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    deletions.incrementAndGet();
    if (down || ids.stream().anyMatch(keeps::contains)) {
      return Future.failedFuture(new StorageFailure.DiskFailed("down", null));
    }
    chunks.removeAll(List.copyOf(ids));
    return Future.succeededFuture();
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    if (down) {
      return Future.failedFuture(new StorageFailure.DiskFailed("down", null));
    }
    return Future.succeededFuture(
        chunks.stream()
            .filter(id -> id.partition() == partition)
            .filter(id -> after == null || id.compareTo(after) > 0)
            .limit(max)
            .toList());
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    return Future.failedFuture(new UnsupportedOperationException());
  }
}
