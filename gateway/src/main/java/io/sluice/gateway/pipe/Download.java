package io.sluice.gateway.pipe;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.gateway.call.ClientGoneException;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One object on its way out. Belongs to its event loop, apart from the decoding.
 *
 * <p>{@code window} holds the reads under way and done, in order; what is at its head and done goes
 * to the socket while few enough are there. Writes are counted here, because Vert.x calls its queue
 * full only when 16 messages wait, which would be 16 MiB of ours. Bytes count in the budget from
 * the start of their read until they were written.
 */
public final class Download implements MemoryBudget.Member {
  /** Reads under way, or done and waiting for the socket. */
  private static final int READS_MAX = 2;

  /** Reads that are with the socket: with two, it has something to send when one is through. */
  private static final int WRITES_MAX = 2;

  private static final int FRAMES_MAX = 4;

  private final Content content;
  private final Context context;
  private final ChunkStore store;
  private final FrameDecoder decoder;
  private final ComputePool compute;
  private final MemoryBudget budget;
  private final Promise<Download> opened = Promise.promise();
  private final Promise<Void> sent = Promise.promise();
  private final Deque<Read> window = new ArrayDeque<>(READS_MAX);
  private final Queue<Content.Run> runs = new ArrayDeque<>();
  private final Queue<FrameRun> reads = FrameRun.newQueue();
  private final ScheduledFuture<?> deadline;
  private @Nullable WriteStream<Buffer> target;
  private long left;
  private int writing;
  private boolean pumping;
  private boolean fetching;
  private boolean exhausted;
  private boolean over;

  /** One read, and then its bytes. */
  private static final class Read {
    private final int cost;
    private @Nullable List<ByteBuf> bytes;

    Read(int cost) {
      this.cost = cost;
    }
  }

  Download(
      Content content,
      Context context,
      ChunkStore store,
      FrameDecoder decoder,
      ComputePool compute,
      MemoryBudget budget,
      ScheduledExecutorService timers,
      Duration limit) {
    this.content = content;
    this.context = context;
    this.store = store;
    this.decoder = decoder;
    this.compute = compute;
    this.budget = budget;
    this.left = content.length();
    this.deadline =
        timers.schedule(
            () -> onContext(() -> fail(tooSlow())), limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  Future<Download> open() {
    budget.join(this);
    fill();
    return opened.future();
  }

  /**
   * Writes all bytes; does not end the stream. To be called once, on the event loop.
   *
   * @return completes when all bytes have been given to the stream; fails when they can't be read,
   *     or, with {@link ClientGoneException}, not written: what was sent before must not look
   *     complete
   */
  public Future<Void> sendTo(WriteStream<Buffer> stream) {
    this.target = stream;
    stream.exceptionHandler(this::targetFailed);
    pump();
    return sent.future();
  }

  /** Stops, for example because the client is gone. On the event loop; may be called repeatedly. */
  public void cancel(Throwable reason) {
    fail(reason);
  }

  @Override
  public void pressureChanged() {
    onContext(this::fill);
  }

  private void fill() {
    int framesMax =
        Math.max(1, Math.min(FRAMES_MAX, budget.pieceBytes() / ChunkRecord.FRAME_PLAIN));
    while (!over && window.size() < (budget.isPressed() ? 1 : READS_MAX)) {
      if (reads.isEmpty() && !runs.isEmpty()) {
        FrameRun.plan(runs.remove(), framesMax, reads);
      }
      FrameRun next = reads.poll();
      if (next == null) {
        fetch();
        return;
      }
      start(next);
    }
  }

  private void fetch() {
    if (fetching || exhausted) {
      return;
    }
    fetching = true;
    content
        .next()
        .onComplete(
            more -> onContext(() -> fetched(more)), failure -> onContext(() -> fail(failure)));
  }

  private void fetched(List<Content.Run> more) {
    fetching = false;
    exhausted = more.isEmpty();
    runs.addAll(more);
    if (exhausted) {
      failIfShort();
    } else {
      fill();
    }
  }

  private void failIfShort() {
    if (exhausted && window.isEmpty() && left > 0) {
      fail(new StorageFailure.ChunkDamaged("an object is " + left + " bytes short", null));
    }
  }

  private void start(FrameRun run) {
    ChunkId chunk = run.chunk();
    if (chunk == null || run.inline() != null) {
      Read read = new Read(0);
      window.add(read);
      ByteBuf bytes =
          run.inline() == null
              ? Unpooled.EMPTY_BUFFER
              : Unpooled.wrappedBuffer(run.inline().asReadOnlyByteBuffer());
      arrived(read, List.of(bytes));
      return;
    }
    Read read = new Read(run.frameCount() * ChunkRecord.FRAME_PLAIN);
    window.add(read);
    budget.take(read.cost);
    store
        .read(chunk, run.firstFrame(), run.frameCount())
        .onComplete(
            frames -> decode(read, run, frames), failure -> onContext(() -> lost(read, failure)));
  }

  /** On any thread. */
  private void decode(Read read, FrameRun run, StoredFrames frames) {
    if (!FrameDecoder.isWork(frames)) {
      decodeHere(read, run, frames);
      return;
    }
    try {
      compute.execute(() -> decodeHere(read, run, frames));
    } catch (RejectedExecutionException full) {
      frames.stored().release();
      onContext(() -> lost(read, UploadPipeline.overloaded(full)));
    }
  }

  private void decodeHere(Read read, FrameRun run, StoredFrames frames) {
    try {
      List<ByteBuf> bytes = decoder.decode(frames, run.skip(), run.length());
      onContext(() -> arrived(read, bytes));
    } catch (RuntimeException | Error failure) {
      onContext(() -> lost(read, failure));
    }
  }

  private void onContext(Runnable task) {
    if (Vertx.currentContext() == context) {
      task.run();
    } else {
      context.runOnContext(ignored -> task.run());
    }
  }

  private void lost(Read read, Throwable failure) {
    budget.give(read.cost);
    window.remove(read);
    fail(failure);
  }

  private void arrived(Read read, List<ByteBuf> bytes) {
    if (over) {
      bytes.forEach(ByteBuf::release);
      budget.give(read.cost);
      return;
    }
    read.bytes = bytes;
    opened.tryComplete(this);
    pump();
  }

  private void pump() {
    WriteStream<Buffer> stream = target;
    if (stream == null || pumping) {
      return;
    }
    pumping = true;
    try {
      while (!over && writing < (budget.isPressed() ? 1 : WRITES_MAX)) {
        Read head = window.peek();
        if (head == null || head.bytes == null) {
          return;
        }
        window.remove();
        write(stream, head, head.bytes);
        if (left == 0) {
          end(null);
        } else {
          fill();
          failIfShort();
        }
      }
    } finally {
      pumping = false;
    }
  }

  private void write(WriteStream<Buffer> stream, Read read, List<ByteBuf> bytes) {
    writing++;
    int[] unwritten = {bytes.size()};
    for (ByteBuf piece : bytes) {
      left -= piece.readableBytes();
      // Vert.x ignores reader indexes; the slice begins at its own zero.
      stream
          .write(BufferInternal.buffer(piece.slice()))
          .onComplete(
              done -> {
                piece.release();
                if (done.failed()) {
                  targetFailed(done.cause());
                }
                if (--unwritten[0] == 0) {
                  written(read);
                }
              });
    }
  }

  private void written(Read read) {
    writing--;
    budget.give(read.cost);
    pump();
  }

  private void targetFailed(Throwable cause) {
    fail(new ClientGoneException(cause));
  }

  private void fail(Throwable failure) {
    if (!over) {
      end(failure);
    }
  }

  private void end(@Nullable Throwable failure) {
    over = true;
    deadline.cancel(false);
    for (Read read : window) {
      List<ByteBuf> bytes = read.bytes;
      if (bytes != null) {
        bytes.forEach(ByteBuf::release);
        budget.give(read.cost);
      }
    }
    window.clear();
    budget.leave(this);
    if (failure == null) {
      sent.tryComplete();
    } else {
      opened.tryFail(failure);
      sent.tryFail(failure);
    }
  }

  private static StorageFailure tooSlow() {
    return new StorageFailure.Unavailable("the download took too long", Duration.ZERO, null);
  }
}
