package io.sluice.cluster.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call to another node while it is under way. All on one event loop.
 *
 * <p>The future fails with a {@link ChannelFailure} when no answer came, with a {@link
 * ClientExchange.Answered} when the other node said why it did not do it.
 */
final class ClientExchange<T> {
  /** What the other node said instead of an answer. Stackless. */
  static final class Answered extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Failure failure;

    Answered(Failure failure) {
      super(failure.getMessage(), null, false, false);
      this.failure = failure;
    }

    Failure failure() {
      return failure;
    }
  }

  private static final int ROOT_DEPTH_MAX = 10;

  private final Vertx vertx;
  private final HttpClient client;
  private final ClientCall<T> call;
  private final Promise<T> result = Promise.promise();
  private @Nullable HttpClientRequest request;
  private long timer;

  ClientExchange(Vertx vertx, HttpClient client, ClientCall<T> call) {
    this.vertx = vertx;
    this.client = client;
    this.call = call;
  }

  Future<T> start(Duration connectLimit) {
    int colon = call.address().lastIndexOf(':');
    RequestOptions options =
        new RequestOptions()
            .setMethod(call.method())
            .setHost(call.address().substring(0, Math.max(0, colon)))
            .setPort(port(colon))
            .setURI(call.uri())
            .setConnectTimeout(Math.min(connectLimit.toMillis(), call.deadline().toMillis()))
            .putHeader(Wire.DEADLINE_MS, Long.toString(call.deadline().toMillis()));
    if (!call.idleLimit().isZero()) {
      options.setIdleTimeout(call.idleLimit().toMillis());
    }
    call.headers().forEach(header -> options.putHeader(header.getKey(), header.getValue()));
    timer = vertx.setTimer(Math.max(1, call.deadline().toMillis()), id -> expired());
    try {
      client.request(options).onComplete(this::connected, this::notConnected);
    } catch (RuntimeException e) {
      notConnected(e);
    }
    return result.future();
  }

  private int port(int colon) {
    try {
      return Integer.parseInt(call.address().substring(colon + 1));
    } catch (NumberFormatException e) {
      return 0; // refused like any port on which nobody listens
    }
  }

  private void notConnected(Throwable cause) {
    call.bodyDone().run();
    boolean busy = cause instanceof ConnectionPoolTooBusyException;
    fail(
        new ChannelFailure(
            busy ? ChannelFailure.Kind.BUSY : ChannelFailure.Kind.NOT_CONNECTED,
            busy
                ? "too many calls to " + call.address() + " are under way"
                : "there is no connection to " + call.address() + ": " + root(cause),
            cause));
  }

  /** What lies under the layers: that a handshake failed says little, why says all. */
  private static String root(Throwable cause) {
    Throwable root = cause;
    for (int depth = 0; root.getCause() != null && depth < ROOT_DEPTH_MAX; depth++) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private void connected(HttpClientRequest got) {
    if (result.future().isComplete()) {
      call.bodyDone().run();
      got.reset();
      return;
    }
    request = got;
    got.exceptionHandler(this::lost);
    got.response().onComplete(this::answered, this::lost);
    Buffer body = call.body();
    Future<Void> sent = body == null ? got.end() : got.end(body);
    sent.onComplete(done -> call.bodyDone().run());
  }

  private void answered(HttpClientResponse response) {
    if (result.future().isComplete()) {
      return;
    }
    Future<T> answer =
        response.statusCode() == 200 && response.getHeader(Wire.FAILURE) == null
            ? call.reader().apply(response)
            : failure(response);
    answer.onComplete(this::complete, this::fail);
  }

  private Future<T> failure(HttpClientResponse response) {
    return new AnswerReader(response, Wire.FAILURE_BYTES_MAX)
        .buffer()
        .compose(body -> Future.failedFuture(answered(response.statusCode(), body)));
  }

  private static Throwable answered(int status, Buffer body) {
    try {
      return new Answered(FailureCodec.decode(body));
    } catch (InvalidProtocolBufferException e) {
      return new Answered(
          Failure.newBuilder().setMessage("the node answered with status " + status).build());
    }
  }

  private void expired() {
    boolean sent = request != null;
    fail(
        new ChannelFailure(
            sent ? ChannelFailure.Kind.TIMED_OUT : ChannelFailure.Kind.NOT_CONNECTED,
            call.address() + " did not answer in time",
            null));
  }

  private void lost(Throwable cause) {
    fail(
        new ChannelFailure(
            ChannelFailure.Kind.LOST,
            "the connection to " + call.address() + " was lost: " + root(cause),
            cause));
  }

  private void complete(T answer) {
    vertx.cancelTimer(timer);
    if (!result.tryComplete(answer)) {
      call.discard().accept(answer);
    }
  }

  private void fail(Throwable cause) {
    vertx.cancelTimer(timer);
    boolean answered = cause instanceof Answered;
    Throwable known =
        answered || cause instanceof ChannelFailure || cause instanceof StorageFailure
            ? cause
            : new ChannelFailure(
                ChannelFailure.Kind.LOST,
                "the answer of " + call.address() + " was cut off: " + root(cause),
                cause);
    boolean first = result.tryFail(known);
    HttpClientRequest sent = request;
    if (first && !answered && sent != null) {
      // Whatever is still on its way belongs to nobody: the connection is not used again.
      sent.reset();
    }
  }
}
