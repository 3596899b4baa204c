package io.sluice.metadata.voters;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.metadata.raft.RaftNetwork;
import io.sluice.metadata.raft.ShardVoter;
import io.sluice.metadata.raft.TestTls;
import io.sluice.metadata.voters.VoterCandidate.State;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.Query;
import io.sluice.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real states, real logs, three peers, and the keeper alone decides who votes. */
class VoterKeeperTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SHARDS = 4;
  private static final VoterKeeper.Options FAST =
      new VoterKeeper.Options(
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(20),
          Duration.ofSeconds(2));

  @TempDir Path directory;
  private final List<VoterCandidate> candidates = new CopyOnWriteArrayList<>();
  private final Map<String, Node> nodes = new ConcurrentHashMap<>();

  private final class Node implements AutoCloseable {
    final MetadataIdentity identity;
    final MetadataServer server;
    final VoterKeeper keeper;

    Node(String name) throws IOException {
      Path place = directory.resolve(name);
      identity = MetadataServer.identity(place).orElseThrow();
      int port = FreePorts.one();
      String address = "127.0.0.1:" + port;
      TestTls tls = TestTls.cluster();
      RaftNetwork network =
          new RaftNetwork(
              "127.0.0.1",
              port,
              address,
              tls.key(),
              tls.trust(),
              VoterKeeperTest.this::fetch,
              new RaftNetwork.Timing(
                  Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2)));
      server =
          MetadataServer.open(
              MetadataOptions.in(place).network(network).build(),
              Clock.systemUTC(),
              new SimpleMeterRegistry(),
              (shard, failure) -> failure.printStackTrace());
      keeper =
          new VoterKeeper(
              server.membership(),
              identity.peerId(),
              SHARDS,
              shard -> candidates,
              server::peersAre,
              FAST,
              System::nanoTime);
      nodes.put(identity.peerId(), this);
      candidates.removeIf(known -> known.peerId().equals(identity.peerId()));
      candidates.add(new VoterCandidate(identity.peerId(), address, State.UP));
      keeper.start();
    }

    @Override
    public void close() throws IOException {
      nodes.remove(identity.peerId());
      keeper.close();
      server.close();
    }
  }

  /** At the same time: Ratis takes about a second for each. */
  @AfterEach
  void closeAll() {
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    for (Node node : List.copyOf(nodes.values())) {
      closing.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  node.close();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> new Thread(task).start()));
    }
    CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new)).join();
  }

  @Test
  void look_storeThatWasAlone_growsToThreeVotersAndSpreadsItsLeaders() throws Exception {
    Path first = directory.resolve("a");
    Bucket bucket;
    try (MetadataServer alone =
        MetadataServer.open(
            MetadataOptions.in(first).build(),
            Clock.systemUTC(),
            new SimpleMeterRegistry(),
            (shard, failure) -> {})) {
      bucket = create(alone);
    }
    Node a = new Node("a");
    for (String name : List.of("b", "c")) {
      MetadataServer.join(
          directory.resolve(name), name, a.identity.clusterId(), SHARDS, a.identity.epoch());
      new Node(name);
    }
    await(() -> allShards(shard -> voters(shard).size() == 3));
    await(() -> leaders().values().stream().allMatch(count -> count <= 2) && leaders().size() == 3);

    drain(a.identity.peerId());
    await(() -> !leaders().containsKey(a.identity.peerId()));
    await(() -> allShards(shard -> voters(shard).size() == 2));
    a.close();
    assertThat(find("kept").getId()).isEqualTo(bucket.getId());
  }

  private void drain(String peerId) {
    candidates.replaceAll(
        candidate ->
            candidate.peerId().equals(peerId)
                ? new VoterCandidate(peerId, candidate.address(), State.DRAINING)
                : candidate);
  }

  private interface Check {
    boolean holds() throws Exception;
  }

  private static void await(Check check) {
    Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(StorageFailure.class)
        .until(check::holds);
  }

  private interface OfShard {
    boolean holds(int shard);
  }

  private static boolean allShards(OfShard check) {
    for (int shard = 0; shard < SHARDS; shard++) {
      if (!check.holds(shard)) {
        return false;
      }
    }
    return true;
  }

  private Optional<Node> leader(int shard) {
    return nodes.values().stream().filter(node -> node.server.leads(shard)).findFirst();
  }

  private List<ShardVoter> voters(int shard) {
    return leader(shard)
        .map(node -> node.server.membership().voters(shard))
        .orElseGet(ArrayList::new);
  }

  private Map<String, Integer> leaders() {
    Map<String, Integer> led = new ConcurrentHashMap<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      leader(shard).ifPresent(node -> led.merge(node.identity.peerId(), 1, Integer::sum));
    }
    return led;
  }

  private static Bucket create(MetadataServer server) {
    CreateBucket create =
        CreateBucket.newBuilder().setName("kept").setOwner("owner").setShard(1).build();
    return server
        .store()
        .submit(
            MetadataStore.ROOT_SHARD, Command.newBuilder().setCreateBucket(create).build(), LIMIT)
        .await()
        .atMost(LIMIT)
        .getBucket();
  }

  private Bucket find(String name) {
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return Awaitility.await()
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(StorageFailure.class)
        .until(
            () ->
                leader(MetadataStore.ROOT_SHARD)
                    .map(
                        node ->
                            node.server
                                .peer()
                                .query(MetadataStore.ROOT_SHARD, query, LIMIT)
                                .await()
                                .atMost(LIMIT)
                                .getBucket()),
            Optional::isPresent)
        .orElseThrow();
  }

  private CompletableFuture<Void> fetch(String leader, int shard, Path into) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            Path made = Files.createTempDirectory(directory, "checkpoint");
            nodes.get(leader).server.checkpoint(shard, made);
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
}
