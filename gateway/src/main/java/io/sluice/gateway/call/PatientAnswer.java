package io.sluice.gateway.call;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Response;
import io.sluice.s3.xml.ErrorDocument;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;

/**
 * The answer of an operation that may take longer than clients, balancers and our own idle time-out
 * let a connection be silent: a copy of 5 GiB between shards moves every byte.
 *
 * <p>As in AWS: when it takes long, status 200 goes out, the beginning of the document, and then a
 * blank now and then. What became of the operation is in the rest of the document, which may be an
 * {@code Error}. SDKs know that of copies.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html">CopyObject</a>
 */
public final class PatientAnswer {
  /** After which, and at which distance, there is a sign of life. */
  public static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Map<String, String> HEADERS = Map.of("Content-Type", "application/xml");
  private static final byte[] DECLARATION =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".getBytes(US_ASCII);

  private final S3Call call;
  private final Exchange exchange;
  private boolean begun;

  private PatientAnswer(S3Call call) {
    this.call = call;
    this.exchange = call.exchange();
  }

  /**
   * Sends an answer, and signs of life until there is one.
   *
   * @param answer an XML document; may complete on any thread
   */
  public static Uni<Void> send(S3Call call, Uni<S3Response> answer, Duration patience) {
    return new PatientAnswer(call).send(answer, patience);
  }

  private Uni<Void> send(Uni<S3Response> answer, Duration patience) {
    long timer = exchange.vertx().setPeriodic(patience.toMillis(), id -> showLife());
    return call.onContext(answer)
        .onItemOrFailure()
        .invoke((done, failure) -> exchange.vertx().cancelTimer(timer))
        .onItemOrFailure()
        .transformToUni(
            (done, failure) -> {
              if (failure == null && begun) {
                S3Exception withheld = exchange.withheld();
                return finish(withheld == null ? done.body() : errorDocument(withheld));
              }
              if (failure == null) {
                return exchange.send(done);
              }
              return begun && !(failure instanceof ClientGoneException)
                  ? finish(errorDocument(failure))
                  : Uni.createFrom().failure(failure);
            });
  }

  private void showLife() {
    HttpServerResponse response = exchange.response();
    if (response.closed()) {
      return;
    }
    if (begun) {
      response.write(" ");
    } else {
      begun = true;
      exchange.begin(S3Response.of(200, HEADERS)).setChunked(true);
      response.write(Buffer.buffer(DECLARATION));
    }
  }

  /** The rest of a document whose declaration was sent. */
  private Uni<Void> finish(ByteBuffer document) {
    ByteBuffer rest = document.duplicate();
    if (rest.remaining() >= DECLARATION.length
        && rest.slice(rest.position(), DECLARATION.length).equals(ByteBuffer.wrap(DECLARATION))) {
      rest.position(rest.position() + DECLARATION.length);
    }
    return exchange.completion(
        exchange.response().end(BufferInternal.buffer(Unpooled.wrappedBuffer(rest))));
  }

  private ByteBuffer errorDocument(Throwable failure) {
    S3Exception error = ErrorMapping.map(failure, exchange.requestId()).error();
    exchange.recordError(error.code());
    RoutedRequest route = call.route();
    return ErrorDocument.encode(
        error, '/' + route.bucket() + '/' + route.key(), exchange.requestId(), exchange.hostId());
  }
}
