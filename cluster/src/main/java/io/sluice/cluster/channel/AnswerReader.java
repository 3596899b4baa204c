package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.util.function.Consumer;

/** Reads an answer's body of known length, at most so many bytes. On its event loop. */
final class AnswerReader {
  private final HttpClientResponse response;
  private final int max;

  AnswerReader(HttpClientResponse response, int max) {
    this.response = response;
    this.max = max;
  }

  private int length() throws IOException {
    String length = response.getHeader(HttpHeaders.CONTENT_LENGTH);
    try {
      return (int) InternalRequest.number("the answer's length", length, 0, max);
    } catch (MalformedRequestException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** On the heap. */
  Future<Buffer> buffer() {
    try {
      int length = length();
      Buffer body = Buffer.buffer(length);
      return read(body::appendBuffer, () -> {}).map(done -> body).compose(b -> whole(b, length));
    } catch (IOException e) {
      return Future.failedFuture(e);
    }
  }

  private static Future<Buffer> whole(Buffer body, int length) {
    return body.length() == length
        ? Future.succeededFuture(body)
        : Future.failedFuture(new IOException("only " + body.length() + " bytes came"));
  }

  /** In one pooled direct buffer, which the receiver releases. */
  Future<ByteBuf> pooled() {
    ByteBuf body;
    try {
      int length = length();
      body = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, length), Math.max(1, length));
    } catch (IOException e) {
      return Future.failedFuture(e);
    }
    return read(piece -> body.writeBytes(((BufferInternal) piece).getByteBuf()), body::release)
        .map(done -> body);
  }

  private Future<Void> read(Consumer<Buffer> sink, Runnable onFailure) {
    Promise<Void> end = Promise.promise();
    response
        .exceptionHandler(
            cause -> {
              if (end.tryFail(cause)) {
                onFailure.run();
              }
            })
        .handler(
            piece -> {
              if (!end.future().isComplete()) {
                sink.accept(piece);
              }
            })
        .endHandler(ended -> end.tryComplete());
    return end.future();
  }
}
