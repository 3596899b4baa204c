package io.sluice.gateway.pipe;

import com.google.protobuf.UnsafeByteOperations;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.proto.ChunkSlice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Encodes chunks and has them stored. When a chunk's partition does not take it, it goes to another
 * one under a new id, twice, after a pause that grows and varies; what a failed attempt left behind
 * is an orphan, which garbage collection removes.
 *
 * <p>Safe for use by many threads; futures complete on any thread.
 */
final class ChunkWriter {
  private static final int RETRIES_MAX = 2;
  private static final long PAUSE_MS = 50;
  private static final long KEY_STEP = 0x9e3779b97f4a7c15L;

  private final ChunkStore store;
  private final ChunkEncoder encoder;
  private final ComputePool compute;
  private final ScheduledExecutorService timers;
  private final RandomGenerator random;
  private final PipelineMeters meters;

  ChunkWriter(
      ChunkStore store,
      ChunkEncoder encoder,
      ComputePool compute,
      ScheduledExecutorService timers,
      RandomGenerator random,
      PipelineMeters meters) {
    this.store = store;
    this.encoder = encoder;
    this.compute = compute;
    this.timers = timers;
    this.random = random;
    this.meters = meters;
  }

  /**
   * Stores plain bytes as one chunk.
   *
   * @return fails with {@link StorageFailure.Unavailable} when it can't be stored now
   */
  Future<ChunkSlice> write(List<ByteBuffer> plain, int length, long routingKey) {
    return new Attempts(routingKey, length, id -> encoder.encode(id, duplicates(plain))).start();
  }

  private static List<ByteBuffer> duplicates(List<ByteBuffer> plain) {
    return plain.stream().map(ByteBuffer::duplicate).toList();
  }

  /** One chunk until it is stored. Its attempts follow each other. */
  private final class Attempts {
    private final long routingKey;
    private final int length;
    private final Promise<ChunkSlice> promise = Promise.promise();
    private @Nullable Function<ChunkId, EncodedChunk> encoding;
    private @Nullable EncodedChunk previous;
    private int retries;

    Attempts(long routingKey, int length, Function<ChunkId, EncodedChunk> encoding) {
      this.routingKey = routingKey;
      this.length = length;
      this.encoding = encoding;
    }

    Future<ChunkSlice> start() {
      submit();
      return promise.future();
    }

    private void submit() {
      try {
        compute.execute(this::attempt);
      } catch (RejectedExecutionException full) {
        finish(null, UploadPipeline.overloaded(full));
      }
    }

    private void attempt() {
      try {
        // Another key each time: the policy that goes by it must not insist on what just failed.
        ChunkId id = store.allocate(routingKey + retries * KEY_STEP);
        EncodedChunk chunk = encode(id);
        // One reference goes to the store, one stays here for another attempt.
        store
            .write(chunk.retain())
            .onComplete(done -> finish(id, null), failure -> failed(failure));
      } catch (RuntimeException | Error failure) {
        failed(failure);
      }
    }

    private EncodedChunk encode(ChunkId id) {
      EncodedChunk last = previous;
      Function<ChunkId, EncodedChunk> first = encoding;
      EncodedChunk chunk;
      if (last != null) {
        chunk = encoder.copyAs(id, last);
        last.release();
      } else if (first != null) {
        chunk = first.apply(id);
        encoding = null; // lets go of the plain bytes
        meters.chunkEncoded(chunk.header());
      } else {
        throw new IllegalStateException("nothing to store");
      }
      previous = chunk;
      return chunk;
    }

    private void failed(Throwable failure) {
      if (!(failure instanceof StorageFailure.Unavailable) || retries == RETRIES_MAX) {
        finish(null, failure);
        return;
      }
      retries++;
      meters.chunkRetried();
      long pauseMs = retries * PAUSE_MS + random.nextLong(retries * PAUSE_MS);
      try {
        ScheduledFuture<?> unused = timers.schedule(this::submit, pauseMs, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException stopping) {
        finish(null, failure);
      }
    }

    private void finish(@Nullable ChunkId id, @Nullable Throwable failure) {
      EncodedChunk last = previous;
      previous = null;
      if (last != null) {
        last.release();
      }
      if (id != null) {
        promise.complete(
            ChunkSlice.newBuilder()
                .setChunkId(UnsafeByteOperations.unsafeWrap(id.toBytes()))
                .setLength(length)
                .build());
      } else {
        promise.fail(failure);
      }
    }
  }
}
