package io.sluice.gateway.http;

import static java.util.Objects.requireNonNull;

import io.sluice.gateway.GatewayOptions;
import io.sluice.gateway.call.Exchange;
import io.sluice.s3.http.HttpDates;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.Router;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An HTTP server on one event loop; several share the port. */
public final class GatewayVerticle extends VerticleBase {
  /** What a server's instances share. */
  record Shared(
      GatewayOptions options,
      Clock clock,
      S3Dispatcher s3,
      OperationsRoutes operations,
      Admission connections,
      Admission reserve) {}

  private static final String OPERATIONS_PATH = "/_sluice/";
  private static final int LINE_LENGTH_MAX = 32 * 1024;
  private static final int HEADERS_BYTES_MAX = 16 * 1024;

  /** Of the socket; how much of it is read at a time is up to {@link ReceiveBuffers}. */
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  /** Reads begin with the handshake then, before a connection is known here. */
  private static final int RECEIVE_BUFFER_TLS_BYTES = 128 << 10;

  private static final int HTTP_CHUNK_BYTES = 64 * 1024;

  private final Shared shared;
  private final ReceiveBuffers receiveBuffers;
  private @Nullable HttpServer server;
  private @Nullable Router operations;
  // Few, and of this event loop only.
  private final Set<HttpConnection> inReserve = new HashSet<>();
  private long dateSecond = Long.MIN_VALUE;
  private String date = "";

  GatewayVerticle(Shared shared) {
    this.shared = shared;
    this.receiveBuffers =
        new ReceiveBuffers(
            Runtime.getRuntime().maxMemory(), HTTP_CHUNK_BYTES, shared.connections()::inside);
  }

  @Override
  public Future<?> start() {
    GatewayOptions options = shared.options();
    operations = shared.operations().router(vertx, this::exchange);
    InvalidRequests invalid = new InvalidRequests(hostId());
    HttpServerOptions http = httpOptions(options);
    HttpServer created =
        vertx
            .createHttpServer(http)
            .connectionHandler(connection -> admit(connection, http))
            .invalidRequestHandler(invalid::answer)
            .requestHandler(this::serve);
    server = created;
    GatewayOptions.TlsFiles tls = options.tls();
    if (tls != null) {
      TlsReload reload = new TlsReload(vertx, created, tls);
      reload.look();
      vertx.setPeriodic(options.tlsCheckInterval().toMillis(), timer -> reload.look());
    }
    return created.listen(options.port(), options.host());
  }

  /** The port that is listened on. */
  int port() {
    return requireNonNull(server).actualPort();
  }

  /** Stops accepting, lets requests in flight finish within the bound, then closes. */
  Future<Void> drain(long boundMs) {
    return requireNonNull(server).shutdown(boundMs, TimeUnit.MILLISECONDS);
  }

  private static HttpServerOptions httpOptions(GatewayOptions options) {
    HttpServerOptions http = new HttpServerOptions();
    http.setTcpNoDelay(true)
        .setReceiveBufferSize(RECEIVE_BUFFER_BYTES)
        .setMaxChunkSize(HTTP_CHUNK_BYTES)
        .setMaxInitialLineLength(LINE_LENGTH_MAX)
        .setMaxHeaderSize(HEADERS_BYTES_MAX)
        .setIdleTimeout((int) options.idleTimeout().toMillis())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setHandle100ContinueAutomatically(false)
        .setHttp2ClearTextEnabled(false);
    GatewayOptions.TlsFiles tls = options.tls();
    if (tls != null) {
      http.setReceiveBufferSize(RECEIVE_BUFFER_TLS_BYTES);
      http.setSsl(true).setKeyCertOptions(TlsReload.pem(tls)).setUseAlpn(false);
    }
    return http;
  }

  private void admit(HttpConnection connection, HttpServerOptions http) {
    Admission places = shared.connections();
    if (!places.tryEnter()) {
      places = shared.reserve();
      if (!places.tryEnter()) {
        connection.close();
        return;
      }
      inReserve.add(connection);
    }
    Admission taken = places;
    StrictRequestDecoder.install(connection, http, shared.options().headTimeout());
    connection.closeHandler(
        closed -> {
          inReserve.remove(connection);
          taken.leave();
        });
    if (connection instanceof HttpServerConnection plain) {
      plain.channelHandlerContext().channel().config().setRecvByteBufAllocator(receiveBuffers);
    }
  }

  private void serve(HttpServerRequest request) {
    if (request.uri().startsWith(OPERATIONS_PATH)
        && !shared.s3().isBucketHost(request.getHeader(HttpHeaders.HOST))) {
      requireNonNull(operations).handle(request);
      return;
    }
    Exchange exchange = exchange(request);
    if (!shared.options().servesS3()) {
      exchange.closeAfterwards();
      shared.s3().notHere(exchange, shared.options().notHere());
    } else if (!inReserve.isEmpty() && inReserve.contains(request.connection())) {
      exchange.closeAfterwards();
      shared.s3().turnAway(exchange);
    } else {
      shared.s3().dispatch(exchange);
    }
  }

  private Exchange exchange(HttpServerRequest request) {
    request.pause();
    Instant now = shared.clock().instant();
    if (now.getEpochSecond() != dateSecond) {
      dateSecond = now.getEpochSecond();
      date = HttpDates.format(now);
    }
    return new Exchange(
        vertx,
        vertx.getOrCreateContext(),
        request,
        RequestIds.next(),
        hostId(),
        now,
        date,
        shared.options().bodyPace());
  }

  private String hostId() {
    return shared.options().nodeName();
  }
}
