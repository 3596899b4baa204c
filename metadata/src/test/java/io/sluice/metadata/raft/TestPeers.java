package io.sluice.metadata.raft;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Several peers in this process, over loopback, with {@link MapState}s. */
final class TestPeers implements AutoCloseable {
  static {
    // Ratis' threads may find their log closed while a peer is closed. A test that waits for
    // something else must not fail for what is left of the test before it.
    Awaitility.doNotCatchUncaughtExceptionsByDefault();
  }

  static final Duration LIMIT = Duration.ofSeconds(15);
  static final RaftNetwork.Timing FAST =
      new RaftNetwork.Timing(Duration.ofMillis(300), Duration.ofMillis(600), Duration.ofSeconds(2));

  /** Flushes, and drops its log, soon. */
  static final RaftLimits SMALL = new RaftLimits(2048, 8 << 20, 100, 1 << 20, 64 << 10);

  final Path root;
  final int shards;
  final Map<String, Peer> peers = new LinkedHashMap<>();
  final List<Throwable> failures = new CopyOnWriteArrayList<>();
  volatile RaftLimits limits = RaftLimits.DEFAULT;

  TestPeers(Path root, int shards) {
    this.root = root;
    this.shards = shards;
  }

  /** One peer, which may be closed and opened again. */
  final class Peer {
    final String name;
    final Path directory;
    final int port = FreePorts.one();
    final Map<Integer, MapState> states = new ConcurrentHashMap<>();
    RaftNetwork.Timing timing = FAST;
    TestTls tls = TestTls.cluster();
    StateTransfer transfer = TestPeers.this::fetch;
    MetadataIdentity identity;
    @Nullable RaftNode node;

    Peer(String name, @Nullable MetadataIdentity cluster) throws IOException {
      this.name = name;
      this.directory = root.resolve(name);
      this.identity =
          cluster == null
              ? RaftNode.create(directory, name, shards)
              : RaftNode.join(
                  directory,
                  name,
                  UUID.fromString(cluster.clusterId()),
                  cluster.shards(),
                  cluster.epoch());
    }

    Peer(String name) throws IOException {
      this.name = name;
      this.directory = root.resolve(name);
      this.identity = RaftNode.identity(directory).orElseThrow();
    }

    String id() {
      return identity.peerId();
    }

    String address() {
      return "127.0.0.1:" + port;
    }

    RaftNode node() {
      return Objects.requireNonNull(node);
    }

    Peer open() throws IOException {
      RaftNetwork network =
          new RaftNetwork("127.0.0.1", port, address(), tls.key(), tls.trust(), transfer, timing);
      node =
          RaftNode.open(
              new RaftNode.Options(
                  directory,
                  name,
                  shards,
                  limits,
                  network,
                  Clock.systemUTC(),
                  (path, shard) -> {
                    MapState state = new MapState(path);
                    states.put(shard, state);
                    return state;
                  },
                  new SimpleMeterRegistry(),
                  (shard, failure) -> failures.add(failure)));
      return this;
    }

    void close() throws IOException {
      RaftNode open = node;
      node = null;
      if (open != null) {
        open.close();
      }
    }

    boolean leads(int shard) {
      return node != null && node.leads(shard);
    }

    Outcome put(int shard, String key, String value) {
      return submit(shard, TestNode.putCommand(key, value));
    }

    Outcome submit(int shard, Command command) {
      return node().peer().submit(shard, command, LIMIT).await().atMost(LIMIT);
    }

    String get(int shard, String key) {
      return node()
          .peer()
          .query(shard, TestNode.getQuery(key, true), LIMIT)
          .await()
          .atMost(LIMIT)
          .getObject()
          .getObject()
          .getEtag();
    }
  }

  /** A peer that makes a cluster. */
  Peer create(String name) throws IOException {
    Peer peer = new Peer(name, null);
    peers.put(name, peer);
    return peer;
  }

  /** A peer that waits to be admitted. */
  Peer join(String name) throws IOException {
    Peer peer = new Peer(name, peers.values().iterator().next().identity);
    peers.put(name, peer);
    return peer;
  }

  /** A peer whose directory is there. */
  Peer existing(String name) throws IOException {
    Peer peer = new Peer(name);
    peers.put(name, peer);
    return peer;
  }

  /** A cluster of peers that all vote in all shards. */
  static TestPeers of(Path root, int shards, String... names) throws IOException {
    TestPeers made = new TestPeers(root, shards);
    try {
      Peer first = made.create(names[0]).open();
      for (int i = 1; i < names.length; i++) {
        made.admit(made.join(names[i]).open());
      }
      first.node().awaitReady(LIMIT);
      return made;
    } catch (IOException | RuntimeException | Error e) {
      made.close();
      throw e;
    }
  }

  void admit(Peer peer) {
    for (int shard = 0; shard < shards; shard++) {
      Peer leader = leader(shard);
      leader
          .node()
          .membership()
          .addVoter(shard, peer.id(), peer.address(), LIMIT)
          .await()
          .atMost(LIMIT);
    }
  }

  /** Waits for a leader that is ready. */
  Peer leader(int shard) {
    Optional<Peer> known = peers.values().stream().filter(peer -> peer.leads(shard)).findFirst();
    if (known.isPresent()) {
      return known.get();
    }
    return Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> peers.values().stream().filter(peer -> peer.leads(shard)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** Waits until a shard is led by one of those given. */
  Peer leaderOf(int shard, Peer... candidates) {
    return Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> Stream.of(candidates).filter(peer -> peer.leads(shard)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** As a gateway does it: the same command at whoever leads, until an answer comes. */
  Outcome submit(int shard, Command command) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        return leader(shard)
            .node()
            .peer()
            .submit(shard, command, Duration.ofSeconds(2))
            .await()
            .atMost(LIMIT);
      } catch (StorageFailure.NotLeader
          | StorageFailure.Unavailable
          | StorageFailure.OutcomeUnknown e) {
        if (System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }

  Outcome put(int shard, String key, String value) {
    return submit(shard, withId(TestNode.putCommand(key, value), Duration.ofMinutes(1)));
  }

  String get(int shard, String key) {
    return leader(shard).get(shard, key);
  }

  /** A command that may be tried again. */
  static Command withId(Command command, Duration deadline) {
    byte[] id = new byte[16];
    ByteBuffer.wrap(id)
        .putLong(System.currentTimeMillis() + deadline.toMillis())
        .putLong(ThreadLocalRandom.current().nextLong());
    return command.toBuilder().setCommandId(ByteString.copyFrom(id)).build();
  }

  /** What the internal channel does between nodes. */
  CompletableFuture<Void> fetch(String leader, int shard, Path into) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            Peer from =
                peers.values().stream().filter(peer -> peer.id().equals(leader)).findFirst().get();
            Path made = Files.createTempDirectory(root, "checkpoint");
            from.node().checkpoint(shard, made);
            try (Stream<Path> files = Files.list(made)) {
              for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, into.resolve(file.getFileName()));
              }
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** At the same time: Ratis takes about a second for each. */
  void closeAll() throws IOException {
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    for (Peer peer : peers.values()) {
      closing.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  peer.close();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> new Thread(task).start()));
    }
    CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new)).join();
  }

  @Override
  public void close() throws IOException {
    CutOff.heal();
    closeAll();
  }
}
