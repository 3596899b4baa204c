package io.sluice.gateway.pipe;

import io.sluice.gateway.call.ClientGoneException;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.ChunkSlice;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One body on its way in. Its state belongs to its event loop, but for {@link BodyStage}, which
 * belongs to one compute worker after another, and the two counters that both touch.
 *
 * <p>Accounting: a byte is taken from the budget when it comes from the socket, and given back when
 * its chunk is stored (or, of framing, when it is decoded). {@code held} is what this upload has
 * taken. After a failure the rest is given back when the last worker has let go of it.
 *
 * <p>Why this does not get stuck: it pauses only while it holds more than it must, and whenever it
 * is paused and nothing is under way, what is pending is cut into chunks (see {@link #flow}).
 */
final class Upload implements MemoryBudget.Member {
  /** Slices are handed over at this size. */
  private static final int SLICE_BYTES = 1 << 20;

  /** A worker that has nothing to do gets a slice of this size already. */
  private static final int SLICE_BYTES_WHEN_IDLE = 128 << 10;

  /** How many pieces may be under way. */
  private static final int WINDOW_PIECES = 4;

  private final ReadStream<Buffer> body;
  private final BodyTerms terms;
  private final Context context;
  private final ChunkWriter writer;
  private final MemoryBudget budget;
  private final BodyStage stage;
  private final Executor stageExecutor;
  private final long floorBytes;
  private final Promise<UploadedBody> promise = Promise.promise();

  /** Tasks of the stage and chunks that have not come back yet. */
  private final AtomicInteger outstanding = new AtomicInteger();

  private final AtomicInteger chunksCut = new AtomicInteger();
  private volatile boolean cancelled;

  private List<ByteBuffer> gathered = new ArrayList<>();
  private int gatheredBytes;
  private long held;
  private int stageTasks;
  private boolean paused;
  private boolean ended;
  private ChunkSlice[] slices = {};
  private int chunksStored;
  private @Nullable UploadedBody verified;

  Upload(
      ReadStream<Buffer> body,
      BodyTerms terms,
      boolean inline,
      Context context,
      ComputePool compute,
      ChunkWriter writer,
      MemoryBudget budget,
      StreamingChecksums checksums) {
    this.body = body;
    this.terms = terms;
    this.context = context;
    this.writer = writer;
    this.budget = budget;
    this.stage = new BodyStage(terms, inline, checksums, budget::pieceBytes, this::cut);
    this.stageExecutor = inline ? Runnable::run : compute.serial();
    this.floorBytes = 2L * BodyStage.cutBytesMin(terms.payloadBytes());
  }

  Future<UploadedBody> start() {
    budget.join(this);
    body.exceptionHandler(this::interrupted);
    body.handler(this::arrived);
    body.endHandler(end -> ended());
    body.resume();
    return promise.future();
  }

  private void interrupted(Throwable cause) {
    fail(cause instanceof StorageFailure ? cause : ClientGoneException.of(cause));
  }

  private void arrived(Buffer buffer) {
    if (cancelled) {
      return;
    }
    int length = buffer.length();
    gathered.add(((BufferInternal) buffer).getByteBuf().nioBuffer());
    gatheredBytes += length;
    held += length;
    budget.take(length);
    if (gatheredBytes >= Math.min(SLICE_BYTES, budget.pieceBytes())
        || (stageTasks == 0 && gatheredBytes >= SLICE_BYTES_WHEN_IDLE)) {
      handOver(false);
    }
    flow();
  }

  private void ended() {
    if (cancelled) {
      return;
    }
    ended = true;
    handOver(false);
    if (!cancelled) {
      submit(this::finishStage);
    }
  }

  /** Gives what was gathered to the stage. */
  private void handOver(boolean relieve) {
    List<ByteBuffer> slice = gathered;
    if (slice.isEmpty() && !relieve) {
      return;
    }
    gathered = new ArrayList<>();
    gatheredBytes = 0;
    submit(() -> feedStage(slice, relieve));
  }

  private void submit(Runnable task) {
    outstanding.incrementAndGet();
    stageTasks++;
    try {
      stageExecutor.execute(task);
    } catch (RejectedExecutionException full) {
      stageTasks--;
      outstanding.decrementAndGet();
      fail(UploadPipeline.overloaded(full));
    }
  }

  // On a compute worker from here on, or in place for small bodies.

  private void feedStage(List<ByteBuffer> slice, boolean relieve) {
    Throwable failure = null;
    int framing = 0;
    if (!cancelled) {
      try {
        framing = stage.feed(slice);
        if (relieve) {
          stage.relieve();
        }
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }
    int given = framing;
    Throwable thrown = failure;
    onContext(() -> fed(given, null, thrown));
  }

  private void finishStage() {
    Throwable failure = null;
    UploadedBody result = null;
    if (!cancelled) {
      try {
        result = stage.finish();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }
    UploadedBody finished = result;
    Throwable thrown = failure;
    onContext(() -> fed(0, finished, thrown));
  }

  private void cut(List<ByteBuffer> plain, int length) {
    int index = chunksCut.getAndIncrement();
    outstanding.incrementAndGet();
    writer
        .write(plain, length, terms.routingKey())
        .onComplete(
            slice -> onContext(() -> stored(index, length, slice, null)),
            failure -> onContext(() -> stored(index, length, null, failure)));
  }

  private void onContext(Runnable task) {
    if (Vertx.currentContext() == context) {
      task.run();
    } else {
      context.runOnContext(ignored -> task.run());
    }
  }

  // On the event loop again.

  private void fed(int framing, @Nullable UploadedBody result, @Nullable Throwable failure) {
    stageTasks--;
    outstanding.decrementAndGet();
    giveBack(framing);
    if (result != null) {
      verified = result;
    }
    settle(failure);
  }

  private void stored(
      int index, int length, @Nullable ChunkSlice slice, @Nullable Throwable failure) {
    outstanding.decrementAndGet();
    giveBack(length);
    if (slice != null) {
      if (index >= slices.length) {
        slices = Arrays.copyOf(slices, Math.max(8, Math.max(index + 1, slices.length * 2)));
      }
      slices[index] = slice;
      chunksStored++;
    }
    settle(failure);
  }

  private void settle(@Nullable Throwable failure) {
    if (failure != null) {
      fail(failure);
    } else if (cancelled) {
      letGo();
    } else if (verified != null && outstanding.get() == 0) {
      complete(verified);
    } else {
      flow();
    }
  }

  private void complete(UploadedBody result) {
    giveBack(held);
    budget.leave(this);
    List<ChunkSlice> all = List.of(Arrays.copyOf(slices, chunksStored));
    promise.tryComplete(
        new UploadedBody(result.size(), result.md5(), result.checksum(), all, result.inline()));
  }

  private void fail(Throwable failure) {
    if (!cancelled) {
      cancelled = true;
      if (!ended) {
        body.pause();
      }
      gathered = new ArrayList<>();
      gatheredBytes = 0;
      promise.tryFail(failure);
    }
    letGo();
  }

  private void letGo() {
    if (outstanding.get() == 0) {
      giveBack(held);
      budget.leave(this);
    }
  }

  private void giveBack(long bytes) {
    long given = Math.min(bytes, held);
    held -= given;
    budget.give(given);
  }

  @Override
  public void pressureChanged() {
    context.runOnContext(ignored -> flow());
  }

  /** Pauses and resumes the socket. */
  private void flow() {
    if (cancelled || ended) {
      return;
    }
    boolean tooMuch =
        held >= Math.max(floorBytes, (long) WINDOW_PIECES * budget.pieceBytes())
            || (budget.isPressed() && held >= floorBytes);
    if (tooMuch) {
      if (!paused) {
        paused = true;
        body.pause();
      }
      if (outstanding.get() == 0) {
        handOver(true);
      }
    } else if (paused) {
      paused = false;
      body.resume();
    }
  }
}
