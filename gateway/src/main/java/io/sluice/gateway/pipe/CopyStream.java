package io.sluice.gateway.pipe;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Joins a download to an upload, on one event loop. The bytes are copied to the heap on the way,
 * because the upload keeps views of what it gets while the download takes its buffers back.
 *
 * <p>A write completes when the upload has taken it, so that no more is held while it has paused
 * than a download has under way.
 */
final class CopyStream implements WriteStream<Buffer>, ReadStream<Buffer> {
  private record Held(Buffer data, Promise<Void> taken) {}

  private final Queue<Held> held = new ArrayDeque<>();
  private boolean open;
  private boolean ended;
  private @Nullable Throwable closed;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable Handler<Void> drainHandler;

  /** The source can't be read any further. */
  void fail(Throwable failure) {
    Handler<Throwable> told = exceptionHandler;
    if (told != null) {
      told.handle(failure);
    }
  }

  /** The upload takes no more: what it has not taken fails. */
  void close(Throwable failure) {
    closed = failure;
    for (Held next = held.poll(); next != null; next = held.poll()) {
      next.taken().fail(failure);
    }
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (closed != null) {
      return Future.failedFuture(closed);
    }
    Promise<Void> taken = Promise.promise();
    held.add(new Held(Buffer.buffer(data.length()).appendBuffer(data), taken));
    deliver();
    return taken.future();
  }

  @Override
  public Future<Void> end() {
    ended = true;
    deliver();
    return Future.succeededFuture();
  }

  @Override
  public boolean writeQueueFull() {
    return !open;
  }

  @Override
  public CopyStream resume() {
    open = true;
    deliver();
    Handler<Void> drained = drainHandler;
    if (open && drained != null) {
      drainHandler = null;
      drained.handle(null);
    }
    return this;
  }

  private void deliver() {
    Handler<Buffer> to = handler;
    while (open && to != null && !held.isEmpty()) {
      Held next = held.remove();
      to.handle(next.data());
      next.taken().complete();
    }
    Handler<Void> end = endHandler;
    if (open && ended && held.isEmpty() && end != null) {
      endHandler = null;
      end.handle(null);
    }
  }

  @Override
  public CopyStream pause() {
    open = false;
    return this;
  }

  @Override
  public CopyStream fetch(long amount) {
    return resume();
  }

  @Override
  public CopyStream handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    return this;
  }

  @Override
  public CopyStream endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    return this;
  }

  /** Only the reading side is told: whoever writes knows of a failure first. */
  @Override
  public CopyStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    if (exceptionHandler == null) {
      exceptionHandler = handler;
    }
    return this;
  }

  @Override
  public CopyStream setWriteQueueMaxSize(int maxSize) {
    return this;
  }

  @Override
  public CopyStream drainHandler(@Nullable Handler<Void> handler) {
    drainHandler = handler;
    return this;
  }
}
