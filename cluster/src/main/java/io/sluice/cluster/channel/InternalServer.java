package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkRecord;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server side of the internal channel: other nodes' way to this one's disks and metadata, over
 * HTTP/1.1 and mutual TLS. Who lacks the cluster secret gets no further than the handshake.
 *
 * <p>Every body has a declared length and a limit; a request over a limit is refused before its
 * body is read.
 */
public final class InternalServer {
  private static final Logger log = LoggerFactory.getLogger(InternalServer.class);
  private static final int LINE_LENGTH_MAX = 4 << 10;

  private final Vertx vertx;
  private final NodeCertificates certificates;
  private final LocalNode node;
  private final List<InternalRoute> routes;
  private final ServerLimits limits;
  private final InFlight inFlight;
  private final ChunkRoutes chunks;
  private final MetadataRoutes metadata;
  private final CheckpointSender checkpoints;
  private final RefusedConnections refused = new RefusedConnections(System::nanoTime);
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
  private volatile @Nullable String deployment;

  /**
   * A server that does not listen yet.
   *
   * @param routes requests beside those to disks and shards
   */
  public InternalServer(
      Vertx vertx,
      NodeCertificates certificates,
      LocalNode node,
      List<InternalRoute> routes,
      ServerLimits limits) {
    this.vertx = vertx;
    this.certificates = certificates;
    this.node = node;
    this.routes = List.copyOf(routes);
    this.limits = limits;
    this.inFlight = new InFlight(limits.requestsMax(), limits.bytesInFlightMax());
    this.chunks = new ChunkRoutes(node);
    this.metadata = new MetadataRoutes(node);
    this.checkpoints = new CheckpointSender(vertx, limits.checkpointsMax());
  }

  /**
   * Listens.
   *
   * @param port 0: any that is free
   * @param eventLoops how many share the connections
   * @return the port
   */
  public Future<Integer> start(String host, int port, int eventLoops) {
    return vertx
        .deployVerticle(
            () -> new Listener(host, port), new DeploymentOptions().setInstances(eventLoops))
        .map(
            id -> {
              deployment = id;
              return servers.get(0).actualPort();
            });
  }

  /** Takes no new requests, lets those in flight end within the bound, and closes. */
  public Future<Void> stop(Duration bound) {
    return Future.all(
            servers.stream()
                .map(server -> server.shutdown(bound.toMillis(), TimeUnit.MILLISECONDS))
                .toList())
        .transform(stopped -> checkpoints.close())
        .transform(closed -> undeploy());
  }

  private Future<Void> undeploy() {
    String id = deployment;
    return id == null || !vertx.deploymentIDs().contains(id)
        ? Future.succeededFuture()
        : vertx.undeploy(id);
  }

  /** Requests that are being answered. Any thread. */
  public int requestsInFlight() {
    return inFlight.requests();
  }

  /** Bytes of bodies and chunks of those. Any thread. */
  public long bytesInFlight() {
    return inFlight.bytes();
  }

  /** One event loop's share of the connections. */
  private final class Listener extends VerticleBase {
    private final String host;
    private final int port;

    Listener(String host, int port) {
      this.host = host;
      this.port = port;
    }

    @Override
    public Future<?> start() {
      HttpServer server =
          vertx
              .createHttpServer(options())
              .exceptionHandler(refused::tell)
              .connectionHandler(
                  connection ->
                      connection.exceptionHandler(
                          cause ->
                              log.debug(
                                  "a connection of {} ended", connection.remoteAddress(), cause)))
              .requestHandler(router(vertx));
      servers.add(server);
      return server.listen(port, host);
    }
  }

  private HttpServerOptions options() {
    HttpServerOptions options = new HttpServerOptions();
    options
        .setSsl(true)
        .setSslEngineOptions(Wire.tlsEngine())
        .setUseAlpn(false)
        .setKeyCertOptions(certificates.keyCertOptions())
        .setTrustOptions(certificates.trustOptions())
        .setClientAuth(ClientAuth.REQUIRED)
        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
        .setTcpNoDelay(true)
        .setReceiveBufferSize(Wire.SOCKET_BUFFER_BYTES)
        .setIdleTimeout((int) limits.idleLimit().toSeconds())
        .setMaxChunkSize(Wire.HTTP_CHUNK_BYTES)
        .setMaxInitialLineLength(LINE_LENGTH_MAX)
        .setHandle100ContinueAutomatically(false)
        .setHttp2ClearTextEnabled(false);
    return options;
  }

  private Router router(Vertx on) {
    Router router = Router.router(on);
    int message = limits.messageBytesMax();
    bare(router, HttpMethod.PUT, "/v1/disks/:disk/chunks", ChunkRecord.RECORD_MAX, chunks::write);
    bare(router, HttpMethod.POST, "/v1/shards/:shard/commands", message, metadata::submit);
    bare(router, HttpMethod.POST, "/v1/shards/:shard/queries", message, metadata::query);
    router.get("/v1/shards/:shard/checkpoint").handler(at -> admit(at, 0, 0, this::checkpoint));
    router
        .get("/v1/disks/:disk/chunks/:chunk")
        .handler(at -> admit(at, 0, readBytes(at), this::readFrames));
    router.route(HttpMethod.GET, Wire.PATH_NODE).handler(this::identity);
    add(router, new InternalRoute(HttpMethod.GET, "/v1/disks/:disk/chunks", 0, chunks::list));
    add(router, new InternalRoute(HttpMethod.GET, "/v1/disks/:disk", 0, chunks::state));
    add(
        router,
        new InternalRoute(HttpMethod.POST, "/v1/disks/:disk/delete", message, chunks::delete));
    add(
        router,
        new InternalRoute(HttpMethod.POST, "/v1/disks/:disk/layout", 0, chunks::raiseLayout));
    routes.forEach(route -> add(router, route));
    router
        .route()
        .handler(
            at ->
                ServerExchange.refuse(
                    at.request(), new MalformedRequestException("no such request is known here")));
    return router;
  }

  /** Whatever else is in flight: by its answer others know that the node is alive. */
  private void identity(RoutingContext at) {
    at.response()
        .putHeader(HttpHeaders.CONTENT_TYPE, Wire.CONTENT_TYPE)
        .end(Buffer.buffer(node.identity().toByteArray()));
  }

  private void readFrames(ServerExchange exchange, ByteBuf none) {
    none.release();
    chunks.read(exchange, exchange.read(Buffer.buffer()));
  }

  /** How much a read will hold, before it is known how much there is. */
  private static long readBytes(RoutingContext at) {
    String count = at.request().getParam("count");
    try {
      int frames = count == null ? 1 : Integer.parseInt(count);
      return (long) ChunkRecord.FRAME_STORED_MAX
          * Math.max(1, Math.min(ChunkRecord.FRAMES_MAX, frames));
    } catch (NumberFormatException e) {
      return 0; // refused later
    }
  }

  private void checkpoint(ServerExchange exchange, ByteBuf none) {
    none.release();
    CheckpointSource source = node.checkpoints();
    if (source == null) {
      throw new StorageFailure.Unavailable("no metadata is kept here", Wire.RETRY_AFTER, null);
    }
    checkpoints.send(exchange, source, (int) exchange.pathNumber("shard", 0xffff));
  }

  private void bare(
      Router router,
      HttpMethod method,
      String path,
      int bodyMax,
      BiConsumer<ServerExchange, ByteBuf> handler) {
    router.route(method, path).handler(at -> admit(at, bodyMax, 0, handler));
  }

  private void add(Router router, InternalRoute route) {
    bare(
        router,
        route.method(),
        route.path(),
        route.bodyBytesMax(),
        (exchange, body) -> {
          byte[] bytes = new byte[body.readableBytes()];
          body.readBytes(bytes).release();
          exchange.answer(route.handler().handle(exchange.read(Buffer.buffer(bytes))));
        });
  }

  /**
   * Lets a request in, reads its body, and has it handled.
   *
   * @param extraBytes what the answer will hold
   * @param handler takes over the body
   */
  private void admit(
      RoutingContext at,
      int bodyMax,
      long extraBytes,
      BiConsumer<ServerExchange, ByteBuf> handler) {
    HttpServerRequest request = at.request();
    Throwable refusal = null;
    int length = 0;
    try {
      length = bodyLength(request, bodyMax);
    } catch (MalformedRequestException e) {
      refusal = e;
    }
    long bytes = length + extraBytes;
    if (refusal == null && !inFlight.tryEnter(bytes)) {
      refusal = new StorageFailure.Unavailable("the node is busy", Wire.RETRY_AFTER, null);
    }
    if (refusal != null) {
      ServerExchange.refuse(request, refusal);
      return;
    }
    ServerExchange exchange = new ServerExchange(at, inFlight, bytes);
    BodyReader.read(vertx, request, length, limits.bodyLimit())
        .onComplete(body -> handle(exchange, body, handler), exchange::fail);
  }

  private static void handle(
      ServerExchange exchange, ByteBuf body, BiConsumer<ServerExchange, ByteBuf> handler) {
    try {
      handler.accept(exchange, body);
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }

  private static int bodyLength(HttpServerRequest request, int max) {
    if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
      throw new MalformedRequestException("a body must have a length");
    }
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? 0 : (int) InternalRequest.number("the body's length", length, 0, max);
  }
}
