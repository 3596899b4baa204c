package io.sluice.gateway.call;

import io.netty.buffer.Unpooled;
import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Response;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its response, from the first byte to the last: keeps the connection in a
 * state that both sides agree on, whatever becomes of the body. For the request's event loop only.
 *
 * <p>A client that asks first ({@code Expect: 100-continue}) is told to go on when the body is
 * taken, so never for a request that is refused. A body that nobody took is read and thrown away
 * when it is short; behind a longer one the connection is closed, a little later, so that the
 * client can read the answer before it is told that nobody listens.
 */
public final class Exchange {
  /** A body of at most this many bytes is thrown away to keep the connection. */
  static final long DISCARD_BYTES_MAX = 256 * 1024;

  /** How long the rest of a body that is thrown away may take; then the connection is not kept. */
  static final long DISCARD_MS_MAX = 30_000;

  /** How long a client may go on sending a body that is not wanted. */
  static final long LINGER_MS = 2_000;

  private static final CharSequence CLOSE = HttpHeaders.createOptimized("close");
  private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-amz-request-id");
  private static final CharSequence HOST_ID = HttpHeaders.createOptimized("x-amz-id-2");
  private static final CharSequence SERVER_NAME = HttpHeaders.createOptimized("Sluice");

  private final Vertx vertx;
  private final Context context;
  private final HttpServerRequest request;
  private final RequestHead head;
  private final String requestId;
  private final String hostId;
  private final Instant receivedAt;
  private final CharSequence date;
  private final long declaredBytes;
  private final boolean expectsContinue;
  private final PacedBody body;
  private boolean bodyTaken;
  private boolean bodyEnded;
  private boolean closeAfterwards;
  private @Nullable S3ErrorCode error;
  private Supplier<@Nullable S3Exception> withholding = () -> null;

  /**
   * @param request paused
   * @param hostId tells which node answered
   * @param date {@code receivedAt} as in HTTP's Date
   * @param pace how fast the body must come
   */
  public Exchange(
      Vertx vertx,
      Context context,
      HttpServerRequest request,
      String requestId,
      String hostId,
      Instant receivedAt,
      CharSequence date,
      PacedBody.Limit pace) {
    this.vertx = vertx;
    this.context = context;
    this.request = request;
    this.head = new VertxRequestHead(request);
    this.requestId = requestId;
    this.hostId = hostId;
    this.receivedAt = receivedAt;
    this.date = date;
    this.declaredBytes = declaredBytes(request);
    this.body = new PacedBody(vertx, request, pace);
    this.expectsContinue =
        declaredBytes != 0
            && "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
  }

  /** 0 without a body, -1 when only its end will tell. */
  private static long declaredBytes(HttpServerRequest request) {
    if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
      return -1;
    }
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // Netty has checked that it is a number.
    return length == null ? 0 : Long.parseLong(length.strip());
  }

  public HttpServerRequest request() {
    return request;
  }

  public HttpServerResponse response() {
    return request.response();
  }

  public RequestHead head() {
    return head;
  }

  public Context context() {
    return context;
  }

  public Vertx vertx() {
    return vertx;
  }

  public String requestId() {
    return requestId;
  }

  public String hostId() {
    return hostId;
  }

  public Instant receivedAt() {
    return receivedAt;
  }

  /** The length of the body as it comes over the wire; 0 without one, -1 when it was not said. */
  public long declaredBytes() {
    return declaredBytes;
  }

  /** The error that was answered, or null. */
  public @Nullable S3ErrorCode error() {
    return error;
  }

  public void recordError(S3ErrorCode code) {
    this.error = code;
  }

  /** Ends the connection after the answer, which says so. To be called before it is sent. */
  public void closeAfterwards() {
    closeAfterwards = true;
  }

  /**
   * Says what is asked before success is told.
   *
   * @param reason why it must not be; null: it may
   */
  public void withhold(Supplier<@Nullable S3Exception> reason) {
    withholding = reason;
  }

  /** Why success must not be told now; null: it may. */
  @Nullable S3Exception withheld() {
    return withholding.get();
  }

  /** Has what follows run on this request's event loop, wherever {@code work} completes. */
  public <T> Uni<T> onContext(Uni<T> work) {
    return work.emitOn(
        task -> {
          if (Vertx.currentContext() == context) {
            task.run();
          } else {
            context.runOnContext(ignored -> task.run());
          }
        });
  }

  /**
   * Hands out the body, still paused: the taker sets its handlers (the end and exception handlers
   * too) and then lets it flow. A client that waits for {@code 100 Continue} gets it now. The body
   * fails with {@code RequestTimeout} when it comes too slowly.
   *
   * @throws IllegalStateException when it was taken before
   * @throws ClientGoneException when the connection has ended: no handler would hear of that now
   */
  public PacedBody takeBody() {
    if (bodyTaken) {
      throw new IllegalStateException("the body was taken before");
    }
    if (request.response().closed()) {
      throw new ClientGoneException(new ClosedChannelException());
    }
    bodyTaken = true;
    if (expectsContinue) {
      request.response().writeContinue();
    }
    return body.start();
  }

  /** To be called by whoever took the body, when its end was reached. */
  public void bodyEnded() {
    bodyEnded = true;
  }

  /** Sets status and header fields, for a handler that writes the body itself. */
  public HttpServerResponse begin(S3Response answer) {
    HttpServerResponse response = request.response();
    response.setStatusCode(answer.status());
    // An error may follow a head that was made and not sent: nothing of that may be left.
    response.headers().clear();
    stamp(response);
    for (Map.Entry<String, String> field : answer.headers().entrySet()) {
      response.putHeader(field.getKey(), field.getValue());
    }
    if (closeAfterwards || mustClose()) {
      response.putHeader(HttpHeaders.CONNECTION, CLOSE);
    }
    return response;
  }

  private void stamp(HttpServerResponse response) {
    response
        .putHeader(REQUEST_ID, requestId)
        .putHeader(HOST_ID, hostId)
        .putHeader(HttpHeaders.DATE, date)
        .putHeader(HttpHeaders.SERVER, SERVER_NAME);
  }

  /**
   * Sends a whole response; completes when the connection has it. Fails, with nothing sent, when
   * success must not be told.
   */
  public Uni<Void> send(S3Response answer) {
    S3Exception reason = answer.status() < 300 ? withheld() : null;
    if (reason != null) {
      return Uni.createFrom().failure(reason);
    }
    HttpServerResponse response = begin(answer);
    boolean bodiless = answer.status() == 204 || answer.status() == 304 || isHead();
    Future<Void> sent =
        bodiless || !answer.body().hasRemaining()
            ? response.end()
            : response.end(
                BufferInternal.buffer(Unpooled.wrappedBuffer(answer.body().duplicate())));
    return completion(sent);
  }

  /** As a Uni that settles what is left of the request. */
  public Uni<Void> completion(Future<Void> sent) {
    return Uni.createFrom()
        .completionStage(sent::toCompletionStage)
        .onFailure()
        .transform(ClientGoneException::new);
  }

  public boolean isHead() {
    return head.method().equals("HEAD");
  }

  /**
   * Settles what is left of the request body. To be called once, after the response was given to
   * the connection.
   */
  public void settleBody() {
    body.stop();
    if (bodyEnded || request.isEnded()) {
      if (closeAfterwards) {
        request.connection().close();
      }
      return;
    }
    // A response counts as closed as soon as one that ends the connection was written; the
    // connection itself would wait for the rest of the body, for as long as the client likes.
    boolean close = closeAfterwards || mustClose() || request.response().closed();
    request.exceptionHandler(gone -> {});
    request.endHandler(
        end -> {
          if (close) {
            request.connection().close();
          }
        });
    if (close) {
      long[] left = {16 * DISCARD_BYTES_MAX};
      request.handler(
          buffer -> {
            left[0] -= buffer.length();
            if (left[0] < 0) {
              request.connection().close();
            }
          });
      vertx.setTimer(LINGER_MS, timer -> request.connection().close());
    } else {
      request.handler(buffer -> {});
      long late = vertx.setTimer(DISCARD_MS_MAX, timer -> request.connection().close());
      request.endHandler(end -> vertx.cancelTimer(late));
      request.exceptionHandler(gone -> vertx.cancelTimer(late));
    }
    request.resume();
  }

  /** Ends the connection, because what the client has of the response must not look whole. */
  public void abort() {
    request.connection().close();
  }

  private boolean mustClose() {
    if (bodyEnded || declaredBytes == 0 || request.isEnded()) {
      return false;
    }
    if (error == S3ErrorCode.REQUEST_TIMEOUT) {
      return true;
    }
    if (expectsContinue && !bodyTaken) {
      return true;
    }
    return declaredBytes < 0 || declaredBytes - request.bytesRead() > DISCARD_BYTES_MAX;
  }
}
