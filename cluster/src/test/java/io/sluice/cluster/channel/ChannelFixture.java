package io.sluice.cluster.channel;

import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeIdentity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A server with a disk and a peer that are fakes, and a client of it. */
final class ChannelFixture implements AutoCloseable {
  static final ClusterSecret SECRET = ClusterSecret.of("a secret of the channel's own tests");

  /** Gives a slow machine time. */
  static final ClientLimits PATIENT = limits(Duration.ofSeconds(20));

  static final ClientLimits IMPATIENT = limits(Duration.ofSeconds(2));

  final Vertx vertx = Vertx.vertx();
  final FakeDisk disk = new FakeDisk("disk-1");
  final FakePeer peer = new FakePeer();
  volatile @Nullable DiskHint hint;
  volatile @Nullable CheckpointSource checkpoints;
  final InternalServer server;
  final InternalClient client;
  final int port;
  final RemoteNode node;
  final ChunkReplica replica;

  ChannelFixture() {
    this(ServerLimits.DEFAULT, PATIENT, List.of());
  }

  private static ClientLimits limits(Duration requestLimit) {
    return new ClientLimits(
        32,
        512,
        128L << 20,
        Duration.ofSeconds(5),
        requestLimit,
        Duration.ofSeconds(30),
        Duration.ofSeconds(5),
        16 << 20,
        3,
        Duration.ofMillis(100));
  }

  ChannelFixture(ServerLimits limits, ClientLimits clientLimits, List<InternalRoute> routes) {
    this(certificates(SECRET, "server"), limits, clientLimits, routes);
  }

  /** With other certificates than those of the secret, at the server. */
  ChannelFixture(NodeCertificates certificates) {
    this(certificates, ServerLimits.DEFAULT, PATIENT, List.of());
  }

  private ChannelFixture(
      NodeCertificates certificates,
      ServerLimits limits,
      ClientLimits clientLimits,
      List<InternalRoute> routes) {
    server = new InternalServer(vertx, certificates, new Node(), routes, limits);
    port = await(server.start("127.0.0.1", 0, 2));
    client = new InternalClient(vertx, certificates(SECRET, "client"), clientLimits);
    node = client.node("server", () -> "127.0.0.1:" + port);
    replica = node.replica("disk-1", () -> hint);
  }

  static NodeCertificates certificates(ClusterSecret secret, String name) {
    return NodeCertificates.make(secret, name, Clock.systemUTC());
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Why it failed. */
  static Throwable failure(Future<?> future) {
    return await(
        future.transform(
            result ->
                result.failed()
                    ? Future.succeededFuture(result.cause())
                    : Future.failedFuture(new AssertionError("it did not fail"))));
  }

  private final class Node implements LocalNode {
    @Override
    public NodeIdentity identity() {
      return NodeIdentity.newBuilder().setName("server").setIncarnation("7").build();
    }

    @Override
    public @Nullable ChunkReplica disk(String id) {
      return id.equals(disk.id()) ? disk : null;
    }

    @Override
    public MetadataPeer metadata() {
      return peer;
    }

    @Override
    public @Nullable CheckpointSource checkpoints() {
      return checkpoints;
    }
  }

  @Override
  public void close() {
    node.close();
    await(client.close());
    await(server.stop(Duration.ofMillis(100)));
    await(vertx.close());
  }
}
