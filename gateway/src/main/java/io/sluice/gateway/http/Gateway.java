package io.sluice.gateway.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.gateway.GatewayOptions;
import io.sluice.gateway.admin.AccountRoutes;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminFront;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.auth.AccountDirectory;
import io.sluice.gateway.auth.Authenticator;
import io.sluice.gateway.auth.Authorizer;
import io.sluice.gateway.auth.OwnerAuthorizer;
import io.sluice.gateway.auth.RootAccount;
import io.sluice.gateway.bucket.BucketAccess;
import io.sluice.gateway.bucket.BucketDirectory;
import io.sluice.gateway.call.OperationHandler;
import io.sluice.gateway.call.OperationHandlers;
import io.sluice.gateway.call.WriteRule;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.handler.HandlerSource;
import io.sluice.gateway.replication.ReplicationStates;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Router;
import io.sluice.storage.MetadataStore;
import io.smallrye.mutiny.Uni;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The access plane of a node: servers on a port, and all that stands behind them. */
public final class Gateway {
  /**
   * What the gateway stands on.
   *
   * @param root the store's own account
   * @param handlers make the handlers of the operations
   * @param adminRoutes commands beside those of the gateway itself
   * @param writes whether requests that change something are let in
   * @param readiness whether the rest of the node can serve; called on event loops
   * @param scrape all meters in Prometheus' text format; called on a worker
   */
  public record Foundation(
      MetadataStore metadata,
      RootAccount root,
      Clock clock,
      MeterRegistry meters,
      List<HandlerSource> handlers,
      List<AdminRoute> adminRoutes,
      WriteRule writes,
      Supplier<Readiness> readiness,
      Supplier<String> scrape) {}

  /**
   * Connections beyond the limit, for health checks and operators. Whoever comes for S3 on one is
   * told to come back later.
   */
  private static final int CONNECTIONS_IN_RESERVE = 128;

  private final Vertx vertx;
  private final GatewayOptions options;
  private final GatewayVerticle.Shared shared;
  private final OperationHandlers handlers;
  private final Door door;
  private final List<GatewayVerticle> servers = new CopyOnWriteArrayList<>();
  private volatile @Nullable String deployment;

  public Gateway(Vertx vertx, GatewayOptions options, Foundation on) {
    this.vertx = vertx;
    this.options = options;
    Duration deadline = options.metadataDeadline();
    Authorizer authorizer = new OwnerAuthorizer();
    AccountDirectory accounts = new AccountDirectory(on.metadata(), on.root(), deadline);
    Authenticator authenticator = new Authenticator(accounts, options.region());
    BucketDirectory directory = new BucketDirectory(on.metadata(), deadline);
    HandlerContext context =
        new HandlerContext(
            new BucketAccess(on.metadata(), directory, authorizer, deadline),
            directory,
            on.metadata(),
            deadline,
            new ReplicationStates(on.metadata()),
            options.region(),
            on.clock());
    List<OperationHandler> made = new ArrayList<>();
    on.handlers().forEach(source -> made.addAll(source.handlers(context)));
    this.handlers = new OperationHandlers(made);
    this.door = new Door(options.requestsMax(), options.bodyBytesMax());
    Admission connections = new Admission(options.connectionsMax());
    S3Dispatcher dispatcher =
        new S3Dispatcher(
            new S3Router(options.domain()),
            authenticator,
            directory,
            authorizer,
            handlers,
            on.writes(),
            door,
            new GatewayMetrics(on.meters(), door, connections));
    List<AdminRoute> routes = new ArrayList<>(on.adminRoutes());
    routes.addAll(
        new AccountRoutes(on.metadata(), accounts, on.root(), deadline, on.clock()).routes());
    routes.add(statusRoute(connections));
    AdminFront admin = new AdminFront(authenticator, routes);
    this.shared =
        new GatewayVerticle.Shared(
            options,
            on.clock(),
            dispatcher,
            new OperationsRoutes(on.readiness(), on.writes(), on.scrape(), admin),
            connections,
            new Admission(CONNECTIONS_IN_RESERVE));
  }

  private AdminRoute statusRoute(Admission connections) {
    return new AdminRoute(
        HttpMethod.GET,
        "/status",
        call ->
            Uni.createFrom()
                .item(
                    AdminAnswer.ok(
                        new JsonObject()
                            .put("node", options.nodeName())
                            .put("region", options.region())
                            .put("requests", status(door.requests()))
                            .put(
                                "bodyBytes",
                                new JsonObject()
                                    .put("inFlight", door.bodyBytes())
                                    .put("limit", door.bodyBytesMax()))
                            .put("connections", status(connections)))));
  }

  private static JsonObject status(Admission admission) {
    return new JsonObject().put("inFlight", admission.inside()).put("limit", admission.limit());
  }

  /** How many S3 requests are under way. May be called on any thread. */
  public int requestsInFlight() {
    return door.requests().inside();
  }

  /** The operations that are implemented. */
  public Set<S3Operation> implemented() {
    return handlers.implemented();
  }

  /** Starts listening; completes with the port. */
  public Future<Integer> start() {
    DeploymentOptions instances = new DeploymentOptions().setInstances(options.eventLoops());
    return vertx
        .deployVerticle(
            () -> {
              GatewayVerticle server = new GatewayVerticle(shared);
              servers.add(server);
              return server;
            },
            instances)
        .map(
            id -> {
              deployment = id;
              return servers.get(0).port();
            });
  }

  /**
   * Takes no new connections and requests, lets those in flight finish, and closes.
   *
   * @param bound after which what is still in flight is cut off
   */
  public Future<Void> stop(Duration bound) {
    return Future.all(servers.stream().map(server -> server.drain(bound.toMillis())).toList())
        .eventually(this::undeploy)
        .mapEmpty();
  }

  /** Ends what the servers do beside serving. */
  private Future<Void> undeploy() {
    String id = deployment;
    return id == null ? Future.succeededFuture() : vertx.undeploy(id);
  }
}
