package io.sluice.gateway.testing;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.gateway.GatewayOptions;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.auth.RootAccount;
import io.sluice.gateway.call.WriteRule;
import io.sluice.gateway.handler.HandlerSource;
import io.sluice.gateway.handler.MetadataHandlers;
import io.sluice.gateway.http.Gateway;
import io.sluice.gateway.http.Readiness;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.Credentials;
import io.sluice.storage.proto.AccessKey;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.PutAccount;
import io.sluice.testkit.InMemoryMetadataStore;
import io.sluice.testkit.loops.BlockedLoops;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A gateway over fakes, on a port of its own. */
public final class TestGateway implements AutoCloseable {
  public static final String ROOT_ID = "a".repeat(64);
  public static final String ROOT_KEY = "ROOTACCESSKEY";
  public static final String ROOT_SECRET = "root/secret+key";
  public static final String OTHER_ID = "b".repeat(64);

  public final Vertx vertx;
  public final InMemoryMetadataStore metadata;
  public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  public final Gateway gateway;
  public final int port;
  public volatile Readiness readiness = Readiness.READY;

  /** Why no write is let in; null: they are. */
  public volatile @Nullable S3Exception writeRefusal;

  /** Why no write is acknowledged; null: they are. */
  public volatile @Nullable S3Exception writeLapsed;

  private final GatewayOptions options;

  public static TestGateway start() {
    return start(options -> {});
  }

  public static TestGateway start(Consumer<GatewayOptions> adjust, HandlerSource... more) {
    return start(adjust, List.of(), more);
  }

  public static TestGateway start(
      Consumer<GatewayOptions> adjust, List<AdminRoute> routes, HandlerSource... more) {
    return new TestGateway(adjust, routes, List.of(more));
  }

  private TestGateway(
      Consumer<GatewayOptions> adjust, List<AdminRoute> routes, List<HandlerSource> more) {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    Clock clock = Clock.systemUTC();
    metadata = new InMemoryMetadataStore(4, clock);
    options = new GatewayOptions().port(0);
    adjust.accept(options);
    List<HandlerSource> sources = new ArrayList<>(more);
    sources.add(new MetadataHandlers());
    gateway =
        new Gateway(
            vertx,
            options,
            new Gateway.Foundation(
                metadata,
                new RootAccount(ROOT_ID, "root", ROOT_KEY, ROOT_SECRET),
                clock,
                meters,
                sources,
                routes,
                rule(),
                () -> readiness,
                () -> "# meters\n"));
    port = await(gateway.start());
    // Not before: starting loads classes and binds, which is not what must never block.
    BlockedLoops.watch(vertx);
  }

  private WriteRule rule() {
    return new WriteRule() {
      @Override
      public @Nullable S3Exception refusal() {
        return writeRefusal;
      }

      @Override
      public @Nullable S3Exception lapsed() {
        return writeLapsed;
      }
    };
  }

  /** A client of the root account. */
  public S3TestClient root() {
    return new S3TestClient(vertx, port, new Credentials(ROOT_KEY, ROOT_SECRET), options.region());
  }

  /** A client of that key. */
  public S3TestClient client(String accessKey, String secretKey) {
    return new S3TestClient(vertx, port, new Credentials(accessKey, secretKey), options.region());
  }

  /** A client that signs for a region of its own. */
  public S3TestClient clientIn(String region, String accessKey, String secretKey) {
    return new S3TestClient(vertx, port, new Credentials(accessKey, secretKey), region);
  }

  /** Adds an account and gives a client of it. */
  public S3TestClient other() {
    Account account =
        Account.newBuilder()
            .setId(OTHER_ID)
            .setName("other")
            .setDisplayName("Other")
            .addKeys(AccessKey.newBuilder().setAccessKey("OTHERKEY").setSecretKey("other-secret"))
            .build();
    metadata
        .submit(
            0,
            Command.newBuilder().setPutAccount(PutAccount.newBuilder().setAccount(account)).build(),
            Duration.ofSeconds(1))
        .onFailure()
        .recoverWithNull()
        .await()
        .atMost(Duration.ofSeconds(5));
    return client("OTHERKEY", "other-secret");
  }

  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    await(gateway.stop(Duration.ofSeconds(1)));
    await(vertx.close());
    metadata.close();
  }
}
