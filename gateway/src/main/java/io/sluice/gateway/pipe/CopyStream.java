package io.sluice.gateway.pipe;

import io.vertx.core.Future;
import io.vertx.core.Handler;
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
 * <p>Holds what a download writes in one go, up to 1 MiB, while the upload has paused.
 */
final class CopyStream implements WriteStream<Buffer>, ReadStream<Buffer> {
  private final Queue<Buffer> held = new ArrayDeque<>();
  private boolean open;
  private boolean ended;
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

  @Override
  public Future<Void> write(Buffer data) {
    held.add(Buffer.buffer(data.length()).appendBuffer(data));
    deliver();
    return Future.succeededFuture();
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
      to.handle(held.remove());
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
