package io.sluice.gateway.pipe;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A socket that takes bytes at once, or only when it is told to. */
final class CollectingSink implements WriteStream<Buffer> {
  private record Waiting(Buffer data, Promise<Void> written) {}

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private boolean slow;
  private boolean patient;
  private @Nullable Handler<Void> drainHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  /** Takes one piece for each {@link #takeOne}. */
  CollectingSink slow() {
    slow = true;
    return this;
  }

  /** Never says that it is full. */
  CollectingSink patient() {
    patient = true;
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  int size() {
    return out.size();
  }

  int waiting() {
    return waiting.size();
  }

  /** On the event loop. */
  void takeOne() {
    Waiting next = waiting.poll();
    if (next != null) {
      out.writeBytes(next.data().getBytes());
      next.written().complete();
    }
    Handler<Void> drained = drainHandler;
    if (waiting.isEmpty() && drained != null) {
      drainHandler = null;
      drained.handle(null);
    }
  }

  /** The connection ends: what waits is lost. On the event loop. */
  void breaks() {
    RuntimeException gone = new IllegalStateException("Connection was closed");
    waiting.forEach(w -> w.written().fail(gone));
    waiting.clear();
    Handler<Throwable> handler = exceptionHandler;
    if (handler != null) {
      handler.handle(gone);
    }
  }

  @Override
  public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (!slow) {
      out.writeBytes(data.getBytes());
      return Future.succeededFuture();
    }
    Promise<Void> written = Promise.promise();
    waiting.add(new Waiting(data, written));
    return written.future();
  }

  @Override
  public Future<Void> end() {
    return Future.succeededFuture();
  }

  @Override
  public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return slow && !patient && !waiting.isEmpty();
  }

  @Override
  public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
    drainHandler = handler;
    return this;
  }
}
