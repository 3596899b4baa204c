package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;

/**
 * Reads a request's body of known length into one pooled direct buffer. On the request's event
 * loop.
 */
final class BodyReader {
  private final HttpServerRequest request;
  private final ByteBuf body;
  private final Promise<ByteBuf> whole = Promise.promise();

  private BodyReader(HttpServerRequest request, int length) {
    this.request = request;
    this.body = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
  }

  /**
   * Reads; to be called before the request's handler returns.
   *
   * @param length as its head says
   * @param limit after which the connection is closed
   * @return the body, which the caller releases; fails when it does not arrive completely
   */
  static Future<ByteBuf> read(Vertx vertx, HttpServerRequest request, int length, Duration limit) {
    if (length == 0) {
      request.exceptionHandler(gone -> {});
      return Future.succeededFuture(Unpooled.EMPTY_BUFFER);
    }
    BodyReader reader = new BodyReader(request, length);
    long timer = vertx.setTimer(limit.toMillis(), id -> reader.tooSlow());
    request
        .exceptionHandler(reader::gone)
        .endHandler(end -> reader.end(length))
        .handler(reader::take);
    return reader.whole.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  private void take(Buffer piece) {
    if (!whole.future().isComplete()) {
      body.writeBytes(((BufferInternal) piece).getByteBuf());
    }
  }

  private void end(int length) {
    if (body.writerIndex() == length) {
      whole.tryComplete(body);
    } else {
      fail(new MalformedRequestException("the body is not as long as its head says"));
    }
  }

  private void gone(Throwable cause) {
    fail(new StorageFailure.Unavailable("the body did not arrive", Wire.RETRY_AFTER, cause));
  }

  private void tooSlow() {
    fail(new StorageFailure.Unavailable("the body took too long", Wire.RETRY_AFTER, null));
    request.connection().close();
  }

  private void fail(Throwable cause) {
    if (whole.tryFail(cause)) {
      body.release();
    }
  }
}
