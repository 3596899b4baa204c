package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request of another node from its head to its answer: it holds its place among those in flight
 * until the answer is written or nobody waits for it any more. Answered once, from any thread.
 */
final class ServerExchange {
  private static final Logger log = LoggerFactory.getLogger(ServerExchange.class);

  private final RoutingContext routing;
  private final Context context;
  private final InFlight inFlight;
  private final long bytes;

  /** Has entered {@code inFlight} with so many bytes. */
  ServerExchange(RoutingContext routing, InFlight inFlight, long bytes) {
    this.routing = routing;
    this.context = routing.vertx().getOrCreateContext();
    this.inFlight = inFlight;
    this.bytes = bytes;
  }

  HttpServerRequest request() {
    return routing.request();
  }

  Vertx vertx() {
    return routing.vertx();
  }

  String pathParam(String name) {
    String value = routing.pathParam(name);
    if (value == null) {
      throw new MalformedRequestException("no " + name + " is named");
    }
    return value;
  }

  long pathNumber(String name, long max) {
    return InternalRequest.number(name, pathParam(name), 0, max);
  }

  InternalRequest read(Buffer body) {
    return new InternalRequest(routing.pathParams(), routing.queryParams(), body, deadline());
  }

  /** How long the other side waits. */
  Duration deadline() {
    String text = request().getHeader(Wire.DEADLINE_MS);
    if (text == null) {
      return Wire.DEADLINE_MAX;
    }
    long maxMs = Wire.DEADLINE_MAX.toMillis();
    return Duration.ofMillis(
        Math.min(maxMs, InternalRequest.number("the deadline", text, 1, Long.MAX_VALUE)));
  }

  /** Sends an answer when it is there, or why there is none. */
  void answer(Future<Buffer> answer) {
    answer.onComplete(this::answer, this::fail);
  }

  void answer(Buffer body) {
    onLoop(() -> send(routing.response(), body, null));
  }

  /**
   * Sends pooled bytes, and releases them.
   *
   * @param head goes before them
   */
  void answer(ByteBuf head, ByteBuf body) {
    onLoop(() -> sendPooled(head, body));
  }

  private void sendPooled(ByteBuf head, ByteBuf body) {
    ByteBuf both = Unpooled.wrappedBuffer(head, body);
    // Vert.x gives Netty an unreleasable view: our reference is ours until it was written.
    send(routing.response(), BufferInternal.buffer(both), both);
  }

  void fail(Throwable cause) {
    onLoop(
        () -> {
          if (!(cause instanceof StorageFailure) && !(cause instanceof MalformedRequestException)) {
            log.error("a request of another node failed: {}", request().uri(), cause);
          }
          send(refusal(routing.response(), cause), FailureCodec.encode(known(cause)), null);
        });
  }

  /** That nothing was done is certain then. */
  private static Throwable known(Throwable cause) {
    return cause instanceof MalformedRequestException
        ? new StorageFailure.Unavailable(String.valueOf(cause.getMessage()), Wire.RETRY_AFTER, null)
        : cause;
  }

  /** Answers a request that did not get as far as having a place. */
  static void refuse(HttpServerRequest request, Throwable cause) {
    // What is left of a body of fitting length is thrown away: the connection can be used again.
    request.exceptionHandler(gone -> {}).resume();
    HttpServerResponse response = refusal(request.response(), cause);
    Future<Void> sent = response.end(FailureCodec.encode(known(cause)));
    if (cause instanceof MalformedRequestException) {
      sent.onComplete(done -> request.connection().close());
    }
  }

  private static HttpServerResponse refusal(HttpServerResponse response, Throwable cause) {
    return response.setStatusCode(FailureCodec.status(cause)).putHeader(Wire.FAILURE, "1");
  }

  private void send(HttpServerResponse response, Buffer body, @Nullable ByteBuf pooled) {
    if (response.ended() || response.closed()) {
      settled(pooled);
      return;
    }
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, Wire.CONTENT_TYPE)
        .end(body)
        .onComplete(sent -> settled(pooled));
  }

  private void settled(@Nullable ByteBuf pooled) {
    if (pooled != null) {
      pooled.release();
    }
    inFlight.leave(bytes);
  }

  /** Does something on the event loop of the request. */
  void onLoop(Runnable task) {
    if (Vertx.currentContext() == context) {
      task.run();
    } else {
      context.runOnContext(ignored -> task.run());
    }
  }

  /** Gives the place back without an answer: another has taken that over. */
  void leave() {
    inFlight.leave(bytes);
  }
}
