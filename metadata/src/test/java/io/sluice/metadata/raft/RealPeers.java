package io.sluice.metadata.raft;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.testkit.FreePorts;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Three peers in this process with the state that the application runs, one shard, and a clock for
 * each.
 */
final class RealPeers implements AutoCloseable {
  private static final Duration LIMIT = TestPeers.LIMIT;

  final List<Node> nodes = new ArrayList<>();
  private final Path directory;

  final class Node {
    final TestClock clock = new TestClock();
    final String address = "127.0.0.1:" + FreePorts.one();
    final MetadataIdentity identity;
    final MetadataServer server;

    Node(String name, RaftNetwork.Timing timing) throws IOException {
      Path place = directory.resolve(name);
      identity =
          nodes.isEmpty()
              ? RaftNode.create(place, name, 1)
              : RaftNode.join(
                  place, name, UUID.fromString(nodes.get(0).identity.clusterId()), 1, 1);
      TestTls tls = TestTls.cluster();
      RaftNetwork network =
          new RaftNetwork(
              "127.0.0.1",
              Integer.parseInt(address.substring(address.indexOf(':') + 1)),
              address,
              tls.key(),
              tls.trust(),
              (leader, shard, into) ->
                  CompletableFuture.failedFuture(new IOException("the log is enough here")),
              timing);
      server =
          MetadataServer.open(
              MetadataOptions.in(place).shards(1).network(network).build(),
              clock,
              new SimpleMeterRegistry(),
              (shard, failure) -> {});
      nodes.add(this);
    }

    boolean leads() {
      return server.leads(0);
    }

    Outcome submit(Command command, Duration limit) {
      return server.peer().submit(0, command, limit).await().atMost(LIMIT);
    }
  }

  /** Opens three; the first leads. */
  RealPeers(Path directory, RaftNetwork.Timing timingOfFirst) throws IOException {
    this.directory = directory;
    Node first = new Node("a", timingOfFirst);
    Awaitility.await().atMost(LIMIT).until(first::leads);
    for (String name : List.of("b", "c")) {
      Node next = new Node(name, TestPeers.FAST);
      first
          .server
          .membership()
          .addVoter(0, next.identity.peerId(), next.address, LIMIT)
          .await()
          .atMost(LIMIT);
    }
  }

  /** At the same time: Ratis takes about a second for each. */
  @Override
  public void close() {
    CutOff.heal();
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    for (Node node : nodes) {
      closing.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  node.server.close();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> new Thread(task).start()));
    }
    CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new)).join();
  }

  Node leader() {
    return leaderBut(null);
  }

  Node leaderBut(@Nullable Node cut) {
    return Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> nodes.stream().filter(node -> node != cut && node.leads()).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  void handOver(Node to) {
    leader()
        .server
        .membership()
        .transferLeadership(0, to.identity.peerId(), LIMIT)
        .await()
        .atMost(LIMIT);
    Awaitility.await().atMost(LIMIT).until(to::leads);
  }
}
