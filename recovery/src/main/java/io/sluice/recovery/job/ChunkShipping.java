package io.sluice.recovery.job;

import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.StoredFrames;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches chunks as they are stored and hands them on, some at a time, so that what is read ahead
 * is bounded. Nothing is decompressed.
 */
final class ChunkShipping {
  /** Chunks that are being fetched or wait to be written: at most 4 MiB each. */
  private static final int UNDER_WAY_MAX = 8;

  private static final int ATTEMPTS_MAX = 6;
  private static final Duration BACKOFF_MIN = Duration.ofMillis(200);
  private static final Duration BACKOFF_MAX = Duration.ofSeconds(5);
  private static final double JITTER = 0.5;

  /** Takes a chunk. Blocks; one at a time. */
  @FunctionalInterface
  interface Sink {
    /**
     * Takes it.
     *
     * @param record the whole record; its bytes are the caller's again when this returns
     */
    void add(ChunkId id, ByteBuffer record) throws IOException;
  }

  private final ChunkStore chunks;
  private final TargetWorker worker;
  private final @Nullable Pace pace;
  private final GivingWay clients;
  private final Sink sink;

  /**
   * @param worker does one step at a time; calls the sink
   * @param pace of bytes; null: as fast as it goes
   * @param clients who go first
   */
  ChunkShipping(
      ChunkStore chunks, TargetWorker worker, @Nullable Pace pace, GivingWay clients, Sink sink) {
    this.chunks = chunks;
    this.worker = worker;
    this.pace = pace;
    this.clients = clients;
    this.sink = sink;
  }

  /**
   * Hands on all of them, in any order.
   *
   * @return fails when one can't be read from any replica, or the sink does; what is under way then
   *     still reaches it
   */
  Uni<Void> ship(Collection<ChunkId> ids) {
    return Multi.createFrom()
        .iterable(ids)
        .onItem()
        .transformToUni(this::ship)
        .merge(UNDER_WAY_MAX)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> ship(ChunkId id) {
    // One future for both steps: it goes on when nobody waits any more, and releases the bytes.
    Supplier<Future<Integer>> both =
        () ->
            chunks
                .read(id, 0, ChunkRecord.FRAMES_MAX)
                .compose(frames -> Future.fromCompletionStage(handOn(id, frames)));
    return clients
        .around(() -> VertxUni.of(both))
        .call(bytes -> pace == null ? Uni.createFrom().voidItem() : pace.take(bytes))
        .replaceWithVoid()
        .onFailure(ChunkShipping::mayPass)
        .retry()
        .withBackOff(BACKOFF_MIN, BACKOFF_MAX)
        .withJitter(JITTER)
        .atMost(ATTEMPTS_MAX - 1)
        .onFailure(failure -> failure.getCause() instanceof StorageFailure)
        .transform(Throwable::getCause);
  }

  private static boolean mayPass(Throwable failure) {
    return failure instanceof StorageFailure.Unavailable;
  }

  private CompletableFuture<Integer> handOn(ChunkId id, StoredFrames frames) {
    // Copied before the sink has it: when a target hangs with the copy, the frames can go.
    return worker
        .begin(
            () -> {
              sink.add(id, record(frames));
              return frames.header().recordLength();
            })
        .whenComplete((bytes, failure) -> frames.stored().release());
  }

  private static ByteBuffer record(StoredFrames frames) {
    ByteBuffer record = ByteBuffer.allocate(frames.header().recordLength());
    ChunkRecord.writeHead(frames.header(), record);
    frames.stored().getBytes(frames.stored().readerIndex(), record);
    return record.flip();
  }
}
