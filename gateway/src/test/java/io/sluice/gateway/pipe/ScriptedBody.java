package io.sluice.gateway.pipe;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A request body that comes in the pieces it is told to, and heeds pause and resume. */
final class ScriptedBody implements ReadStream<Buffer> {
  private final Context context;
  private final Queue<Buffer> pieces = new ArrayDeque<>();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private boolean open;
  private boolean scheduled;
  private boolean endsAfterPieces = true;
  private boolean ended;
  volatile boolean paused = true;
  private final AtomicLong delivered = new AtomicLong();

  ScriptedBody(Context context, List<Buffer> pieces) {
    this.context = context;
    this.pieces.addAll(pieces);
  }

  /** Splits bytes at random places. */
  static List<Buffer> split(byte[] bytes, int pieceMax, Random random) {
    List<Buffer> pieces = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(pieceMax));
      pieces.add(Buffer.buffer(length).appendBytes(bytes, at, length));
      at += length;
    }
    return pieces;
  }

  /** After its pieces the body neither ends nor fails. */
  ScriptedBody stallsAtTheEnd() {
    endsAfterPieces = false;
    return this;
  }

  long delivered() {
    return delivered.get();
  }

  /** Ends the connection. */
  void breaks() {
    context.runOnContext(
        ignored -> {
          Handler<Throwable> h = exceptionHandler;
          if (h != null) {
            h.handle(new IOException("Connection was closed"));
          }
        });
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    open = false;
    paused = true;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    open = true;
    paused = false;
    schedule();
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    return resume();
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    return this;
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      context.runOnContext(ignored -> deliver());
    }
  }

  private void deliver() {
    scheduled = false;
    if (!open || ended) {
      return;
    }
    Buffer piece = pieces.poll();
    Handler<Buffer> h = handler;
    Handler<Void> end = endHandler;
    if (piece != null && h != null) {
      delivered.addAndGet(piece.length());
      h.handle(piece);
      schedule();
    } else if (endsAfterPieces && end != null) {
      ended = true;
      end.handle(null);
    }
  }
}
