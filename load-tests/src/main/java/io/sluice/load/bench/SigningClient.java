package io.sluice.load.bench;

import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.SigV4Signer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The lean S3 client of the benchmark, bound to one event loop: keep-alive connections, signatures
 * over UNSIGNED-PAYLOAD, bodies counted and dropped. All methods must be called on the context it
 * was made for.
 */
final class SigningClient {

  private static final CharSequence AMZ_DATE = HttpHeaders.createOptimized("x-amz-date");
  private static final CharSequence AMZ_SHA256 =
      HttpHeaders.createOptimized("x-amz-content-sha256");
  private static final int KEEP_ALIVE_SECONDS = 20;
  private static final int RECEIVE_BUFFER_BYTES = 1024 * 1024;
  private static final int BODY_CHUNK_BYTES = 64 * 1024;
  private static final int WRITE_QUEUE_BYTES = 1024 * 1024;
  private static final long IDLE_TIMEOUT_SECONDS = 60;

  private final HttpClient http;
  private final SigV4Signer signer;

  /** The server decided against a request, or sent less than it announced. */
  static final class UnexpectedResponseException extends RuntimeException {
    UnexpectedResponseException(String message) {
      super(message, null, false, false);
    }
  }

  /** How the client meets one endpoint; {@code connections} bounds its pool. */
  record Target(URI endpoint, Credentials credentials, String region, int connections) {}

  SigningClient(Vertx vertx, Target target) {
    URI endpoint = target.endpoint();
    boolean tls = "https".equals(endpoint.getScheme());
    int port = endpoint.getPort() >= 0 ? endpoint.getPort() : tls ? 443 : 80;
    HttpClientOptions options =
        new HttpClientOptions()
            .setDefaultHost(endpoint.getHost())
            .setDefaultPort(port)
            .setSsl(tls)
            .setTcpNoDelay(true)
            // Less than any server's: a request must not meet the end of a connection.
            .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
            .setReceiveBufferSize(RECEIVE_BUFFER_BYTES)
            .setMaxChunkSize(BODY_CHUNK_BYTES)
            .setIdleTimeout((int) IDLE_TIMEOUT_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS);
    PoolOptions pool =
        new PoolOptions().setHttp1MaxSize(target.connections()).setMaxWaitQueueSize(10_000);
    this.http = vertx.createHttpClient(options, pool);
    this.signer =
        new SigV4Signer(
            target.credentials(), target.region(), endpoint.getAuthority(), InstantSource.system());
  }

  /** Uploads {@code length} bytes; completes with their number when the server said 200. */
  Future<Long> put(String path, Payload payload, long length) {
    return request(HttpMethod.PUT, path, "")
        .compose(
            request -> {
              request.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
              if (length <= Payload.SLICE_BYTES) {
                Buffer body = length == 0 ? Buffer.buffer() : payload.slice(0, length);
                return request.send(body).compose(response -> drain(response, -1));
              }
              request.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
              Future<HttpClientResponse> response = request.response();
              new BodyPump(request, payload, length, response).pump();
              return response.compose(r -> drain(r, -1));
            })
        .map(length);
  }

  /** Downloads a body of {@code expectedLength} bytes, or of any length if that is negative. */
  Future<Long> get(String path, String query, long expectedLength) {
    return request(HttpMethod.GET, path, query)
        .compose(HttpClientRequest::send)
        .compose(response -> drain(response, expectedLength));
  }

  Future<Long> head(String path) {
    return bodiless(HttpMethod.HEAD, path);
  }

  Future<Long> delete(String path) {
    return bodiless(HttpMethod.DELETE, path);
  }

  Future<Long> post(String path, String query) {
    return request(HttpMethod.POST, path, query)
        .compose(HttpClientRequest::send)
        .compose(response -> drain(response, -1));
  }

  /** A bucket that is there already is as good. */
  Future<Void> createBucket(String path) {
    return request(HttpMethod.PUT, path, "")
        .compose(HttpClientRequest::send)
        .compose(
            response ->
                response.statusCode() == 409
                    ? response.body().mapEmpty()
                    : drain(response, -1).mapEmpty());
  }

  /** A GET whose body is wanted; for reports, not for measuring. */
  Future<Buffer> fetch(String path, String query) {
    return request(HttpMethod.GET, path, query)
        .compose(HttpClientRequest::send)
        .compose(
            response ->
                response.statusCode() == 200
                    ? response.body()
                    : Future.failedFuture(refused(response)));
  }

  Future<Void> close() {
    return http.close();
  }

  private Future<Long> bodiless(HttpMethod method, String path) {
    return request(method, path, "")
        .compose(HttpClientRequest::send)
        .compose(response -> drain(response, -1))
        .map(0L);
  }

  private Future<HttpClientRequest> request(HttpMethod method, String path, String query) {
    SigV4Signer.Signed signed = signer.sign(method.name(), path, query);
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setURI(query.isEmpty() ? path : path + '?' + query)
            .putHeader(AMZ_DATE, signed.amzDate())
            .putHeader(AMZ_SHA256, signed.contentSha256())
            .putHeader(HttpHeaders.AUTHORIZATION, signed.authorization());
    return http.request(options);
  }

  private static Future<Long> drain(HttpClientResponse response, long expectedLength) {
    int status = response.statusCode();
    if (status < 200 || status >= 300) {
      return response.body().compose(body -> Future.failedFuture(refused(response)));
    }
    long[] received = {0};
    response.handler(buffer -> received[0] += buffer.length());
    return response
        .end()
        .compose(
            end ->
                expectedLength >= 0 && received[0] != expectedLength
                    ? Future.failedFuture(
                        new UnexpectedResponseException(
                            "got " + received[0] + " of " + expectedLength + " bytes"))
                    : Future.succeededFuture(received[0]));
  }

  private static UnexpectedResponseException refused(HttpClientResponse response) {
    return new UnexpectedResponseException("status " + response.statusCode());
  }

  /** Runs on an event loop of {@code vertx}, where a client and its users must stay. */
  static <T> Future<T> on(Context context, Supplier<Future<T>> work) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(v -> work.get().onComplete(promise));
    return promise.future();
  }

  /**
   * Writes a long body as fast as the connection takes it, and stops when the answer came early.
   */
  private static final class BodyPump {
    private final HttpClientRequest request;
    private final Payload payload;
    private final long length;
    private final Future<HttpClientResponse> response;
    private long written;

    BodyPump(
        HttpClientRequest request,
        Payload payload,
        long length,
        Future<HttpClientResponse> response) {
      this.request = request;
      this.payload = payload;
      this.length = length;
      this.response = response;
    }

    void pump() {
      while (written < length && !response.isComplete()) {
        if (request.writeQueueFull()) {
          request.drainHandler(v -> pump());
          return;
        }
        Buffer slice = payload.slice(written, length - written);
        written += slice.length();
        if (written == length) {
          request.end(slice);
        } else {
          request.write(slice);
        }
      }
    }
  }
}
