package io.sluice.app.server;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.Lobby;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.auth.RootAccount;
import io.sluice.gateway.call.WriteRule;
import io.sluice.gateway.http.Gateway;
import io.sluice.gateway.http.Readiness;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands at the node's address until its {@link AccessPlane} does: live, not ready, and no S3. What
 * it waits for names nodes and their internal addresses, so only root is told that.
 */
final class StartingAccess implements Lobby {
  private static final Logger LOG = LoggerFactory.getLogger(StartingAccess.class);
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(1);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final String STARTING = "the node is starting";
  private static final String NOT_HERE = "This node is starting: ask another one, or later.";

  /** What it is called in the cluster is not known yet, and never shown. */
  private static final String NO_ID = "0".repeat(64);

  private final ServerOptions options;
  private final Map<String, String> environment;
  private final Clock clock;
  private final Meters meters;
  private volatile Supplier<String> reason = () -> "";
  private @Nullable Gateway gateway;

  StartingAccess(
      ServerOptions options, Map<String, String> environment, Clock clock, Meters meters) {
    this.options = options;
    this.environment = environment;
    this.clock = clock;
    this.meters = meters;
  }

  @Override
  public void open(Vertx vertx, byte[] rootKeySeed) {
    RootCredentials root = RootCredentials.shared(environment, rootKeySeed);
    Gateway opened =
        new Gateway(
            vertx,
            AccessPlane.listening(options).eventLoops(1).servesS3(false).notHere(NOT_HERE),
            new Gateway.Foundation(
                new NoMetadata(),
                new RootAccount(NO_ID, "root", root.accessKey(), root.secretKey()),
                clock,
                // Its figures would take the place of those of the gateway that is to come.
                new CompositeMeterRegistry(),
                List.of(),
                routes(),
                WriteRule.ALWAYS,
                () -> new Readiness(false, STARTING),
                meters::scrape));
    AccessPlane.listen(opened, options);
    gateway = opened;
  }

  @Override
  public void waitsFor(Supplier<String> newest) {
    reason = newest;
  }

  private List<AdminRoute> routes() {
    AdminRoute.Action waits =
        call -> {
          String why = reason.get();
          throw new AdminException(
              503, "NotReady", why.isEmpty() ? STARTING : STARTING + ", " + why);
        };
    return Stream.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE)
        .map(method -> new AdminRoute(method, "/*", waits))
        .toList();
  }

  /**
   * Leaves the address to others. It stops to accept first, so that what can go wrong or take too
   * long is the rest, which must not end a start that is fine: should the address still be taken,
   * whoever listens there next says so. Blocks.
   */
  void close() {
    Gateway opened = gateway;
    if (opened == null) {
      return;
    }
    gateway = null;
    try {
      Blocking.await(opened.stop(DRAIN_LIMIT), DRAIN_LIMIT.plusSeconds(5));
    } catch (IOException | RuntimeException e) {
      LOG.warn("what answered while this node started did not end in order", e);
    }
  }

  /** Accounts other than root are not known before the metadata is. */
  private static final class NoMetadata implements MetadataStore {
    @Override
    public int shardCount() {
      return 1;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return Uni.createFrom().failure(NoMetadata::unavailable);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return Uni.createFrom().failure(NoMetadata::unavailable);
    }

    private static StorageFailure unavailable() {
      return new StorageFailure.Unavailable(STARTING, RETRY_AFTER, null);
    }
  }
}
