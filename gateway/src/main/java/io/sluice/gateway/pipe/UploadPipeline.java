package io.sluice.gateway.pipe;

import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

/**
 * Takes bodies in: verifies them, cuts them into chunks, and has those stored, all at once and in
 * bounded memory. One instance serves all uploads.
 *
 * <p>The stages of an upload: its event loop gathers what comes into slices of up to 1 MiB; a
 * compute worker takes the slices in order, hashes them and cuts chunks; other compute workers
 * encode the chunks while the next slice is hashed; replicas write. A window on what is under way
 * pauses the socket. Bodies small enough to go into the command that commits them are hashed where
 * they arrive: 16 KiB of MD5 take about 20 µs, which is less than two changes of threads cost when
 * the pool is busy.
 */
public final class UploadPipeline {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ComputePool compute;
  private final ChunkWriter writer;
  private final MemoryBudget budget;
  private final StreamingChecksums checksums;
  private final int inlineBytesMax;

  /**
   * @param timers for pauses between attempts; Vert.x' event loop group will do
   * @param inlineBytesMax bodies up to this length become inline bytes
   */
  public UploadPipeline(
      ChunkStore store,
      ChunkEncoder encoder,
      ComputePool compute,
      MemoryBudget budget,
      StreamingChecksums checksums,
      ScheduledExecutorService timers,
      RandomGenerator random,
      PipelineMeters meters,
      int inlineBytesMax) {
    this.compute = compute;
    this.writer = new ChunkWriter(store, encoder, compute, timers, random, meters);
    this.budget = budget;
    this.checksums = checksums;
    this.inlineBytesMax = inlineBytesMax;
  }

  /**
   * Takes a body in.
   *
   * @param body paused, without handlers; all its handlers are set. It stays paused after a failure
   * @param context of the body; this is to be called on it, and the result completes on it
   * @return fails with an {@link io.sluice.s3.S3Exception} when the body isn't what it was declared
   *     to be, with a {@link io.sluice.gateway.call.ClientGoneException} when the connection ends
   *     before it does, and with a {@link StorageFailure}. Nothing names what was stored by then:
   *     the orphaned chunks are removed by garbage collection
   */
  public Future<UploadedBody> upload(ReadStream<Buffer> body, BodyTerms terms, Context context) {
    boolean inline = terms.payloadBytes() <= inlineBytesMax;
    Upload upload = new Upload(body, terms, inline, context, compute, writer, budget, checksums);
    return upload.start();
  }

  static StorageFailure.Unavailable overloaded(Throwable cause) {
    return new StorageFailure.Unavailable("too much waits to be computed", RETRY_AFTER, cause);
  }
}
