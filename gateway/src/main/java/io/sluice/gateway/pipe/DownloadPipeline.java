package io.sluice.gateway.pipe;

import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Sends the bytes of objects: reads chunks ahead of the socket, decodes them on compute workers
 * (those that are stored plain are only passed on), and writes pooled buffers without copying them.
 * One instance serves all downloads.
 *
 * <p>A pooled buffer may be given to Vert.x as {@code BufferInternal.buffer(byteBuf)}: Vert.x hands
 * Netty an unreleasable view of it, so that our reference stays ours until the write completes or
 * fails (tested with Netty's leak detector).
 */
public final class DownloadPipeline {
  private final ChunkStore store;
  private final FrameDecoder decoder;
  private final ComputePool compute;
  private final MemoryBudget budget;
  private final ScheduledExecutorService timers;
  private final Duration limit;

  /**
   * @param limit how long a download may take: chunks of a deleted object stay for longer than that
   *     (INVARIANTS 2)
   */
  public DownloadPipeline(
      ChunkStore store,
      FrameDecoder decoder,
      ComputePool compute,
      MemoryBudget budget,
      ScheduledExecutorService timers,
      Duration limit) {
    this.store = store;
    this.decoder = decoder;
    this.compute = compute;
    this.budget = budget;
    this.timers = timers;
    this.limit = limit;
  }

  /**
   * Starts reading.
   *
   * @param content 1 byte or more
   * @param context to be called on; everything of the download happens there
   * @return completes when the first bytes are there, so that a failure before that can still be
   *     answered as one; the download is the caller's to send or cancel
   */
  public Future<Download> open(Content content, Context context) {
    Download download =
        new Download(content, context, store, decoder, compute, budget, timers, limit);
    return download.open();
  }
}
