package io.sluice.cluster.channel;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.NodeIdentity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of records go through the channel in a second, over the loopback, with client and
 * server in this process: run by hand. Arguments: requests at once, seconds.
 *
 * <p>Whether TLS is the JDK's or BoringSSL's depends on whether netty-tcnative is on the class
 * path.
 */
final class ChannelMeasurement {
  private static final int RECORD = 4 << 20;

  private ChannelMeasurement() {}

  /** Keeps nothing, and reads one chunk again and again. */
  private static final class Sink implements ChunkReplica {
    private final EncodedChunk chunk;

    Sink(EncodedChunk chunk) {
      this.chunk = chunk;
    }

    @Override
    public String id() {
      return "d";
    }

    @Override
    public State state() {
      return State.WRITABLE;
    }

    @Override
    public Load load() {
      return new Load(0, 0, 0, 0);
    }

    @Override
    public Future<Void> write(EncodedChunk written, long layoutVersion) {
      return Future.succeededFuture();
    }

    @Override
    public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
      int head = chunk.header().headLength();
      return Future.succeededFuture(
          new StoredFrames(chunk.header(), 0, 16, chunk.record().retainedSlice(head, RECORD)));
    }

    @Override
    public Future<Void> delete(List<ChunkId> ids) {
      return Future.succeededFuture();
    }

    @Override
    public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
      return Future.succeededFuture(List.of());
    }

    @Override
    public Future<Void> raiseLayoutVersion(long version) {
      return Future.failedFuture(new StorageFailure.DiskFailed("no", null));
    }
  }

  private record Node(ChunkReplica sink) implements LocalNode {
    @Override
    public NodeIdentity identity() {
      return NodeIdentity.getDefaultInstance();
    }

    @Override
    public ChunkReplica disk(String id) {
      return sink;
    }

    @Override
    public @Nullable FakePeer metadata() {
      return null;
    }

    @Override
    public @Nullable CheckpointSource checkpoints() {
      return null;
    }
  }

  private interface Request {
    Future<?> send();
  }

  public static void main(String[] arguments) throws InterruptedException {
    int atOnce = Integer.parseInt(arguments[0]);
    int seconds = Integer.parseInt(arguments[1]);
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    EncodedChunk chunk = Chunks.chunk(1, 1, RECORD);
    InternalServer server =
        new InternalServer(
            vertx,
            ChannelFixture.certificates(ChannelFixture.SECRET, "server"),
            new Node(new Sink(chunk)),
            List.of(),
            ServerLimits.DEFAULT);
    int port = ChannelFixture.await(server.start("127.0.0.1", 0, 1));
    InternalClient client =
        new InternalClient(
            vertx,
            ChannelFixture.certificates(ChannelFixture.SECRET, "client"),
            ClientLimits.DEFAULT);
    RemoteNode node = client.node("server", () -> "127.0.0.1:" + port);
    ChunkReplica replica = node.replica("d", () -> null);
    System.out.println("TLS: " + Wire.tlsEngine().getClass().getSimpleName());
    for (int round = 0; round < 2; round++) {
      report("PUT", run(atOnce, seconds, () -> replica.write(chunk, 1)), RECORD, seconds);
      report(
          "GET",
          run(
              atOnce,
              seconds,
              () ->
                  replica
                      .read(chunk.header().id(), 0, 16)
                      .onSuccess(frames -> frames.stored().release())),
          RECORD,
          seconds);
      report("small", run(atOnce, seconds, () -> replica.list(1, null, 1)), 0, seconds);
    }
    ChannelFixture.await(vertx.close());
  }

  private static void report(String what, long count, long bytes, int seconds) {
    System.out.printf(
        "%s: %d/s, %d MB/s%n", what, count / seconds, count * bytes / seconds / 1_000_000);
  }

  private static long run(int atOnce, int seconds, Request request) throws InterruptedException {
    AtomicLong done = new AtomicLong();
    CountDownLatch ended = new CountDownLatch(atOnce);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (int i = 0; i < atOnce; i++) {
      again(request, end, done, ended);
    }
    ended.await();
    return done.get();
  }

  private static void again(Request request, long end, AtomicLong done, CountDownLatch ended) {
    if (System.nanoTime() > end) {
      ended.countDown();
      return;
    }
    request
        .send()
        .onComplete(
            result -> {
              if (result.succeeded()) {
                done.incrementAndGet();
              } else {
                System.out.println(result.cause());
              }
              again(request, end, done, ended);
            });
  }
}
