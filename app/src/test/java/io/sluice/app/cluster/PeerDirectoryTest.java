package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.channel.ClientLimits;
import io.sluice.cluster.channel.InternalClient;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.cluster.view.ClusterView;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Node b looks for node a, whose peer is a-1. */
class PeerDirectoryTest {
  private final Vertx vertx = Vertx.vertx();
  private volatile Map<String, String> raft = Map.of();
  private RemoteNodes nodes;
  private PeerDirectory peers;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("secret");
    Files.writeString(file, "a secret of at least thirty-two characters");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    NodeCertificates certificates =
        NodeCertificates.make(ClusterSecret.read(file, warning -> {}), "b", Clock.systemUTC());
    nodes =
        new RemoteNodes(new InternalClient(vertx, certificates, ClientLimits.forHeap(64 << 20)));
    peers =
        new PeerDirectory(
            nodes, "b", new MetadataIdentity("cluster", "b-1", 4, 1), known -> raft = known);
    peers.own(nodes.of("b", "here:1").metadata());
  }

  @AfterEach
  void close() {
    nodes.close();
    vertx.close().await();
  }

  private static NodeIdentity a(String raftAddress) {
    return NodeIdentity.newBuilder()
        .setName("a")
        .setPeerId("a-1")
        .setClusterId("cluster")
        .setRaftAddress(raftAddress)
        .build();
  }

  private static ClusterView view(long revision, NodeRecord... records) {
    ClusterState.Builder state = ClusterState.newBuilder().setRevision(revision);
    for (NodeRecord record : records) {
      state.addNodes(record);
    }
    return ClusterView.of(state.build());
  }

  private static NodeRecord record(String internalAddress, String raftAddress) {
    return NodeRecord.newBuilder()
        .setName("a")
        .setPeerId("a-1")
        .setInternalAddress(internalAddress)
        .setRaftAddress(raftAddress)
        .build();
  }

  /** A store that was alone has a view with nobody in it: its node has not registered yet. */
  @Test
  void accept_viewWithoutANodeThatAnswered_keepsIt() {
    peers.answered("a:1", a("a:2"));
    peers.accept(view(1));
    assertThat(peers.peers()).containsOnlyKeys("a-1", "b-1");
    assertThat(raft).containsEntry("a-1", "a:2");
    peers.accept(view(2, record("a:1", "a:2")));
    peers.accept(view(3));
    assertThat(peers.peers()).containsOnlyKeys("b-1");
  }

  @Test
  void answered_viewIsKnownButLacksTheNode_addsIt() {
    peers.accept(view(1));
    peers.answered("a:1", a("a:2"));
    assertThat(peers.peers()).containsOnlyKeys("a-1", "b-1");
  }

  /** All nodes may have moved while this one was away, and what it reads first is old. */
  @Test
  void accept_viewFromBeforeANodeMoved_keepsWhereItAnswered_untilTheViewSaysSomethingNew() {
    peers.answered("new:1", a("new:2"));
    peers.accept(view(7, record("old:1", "old:2")));
    assertThat(raft).containsEntry("a-1", "new:2");
    peers.accept(view(8, record("newer:1", "newer:2")));
    assertThat(raft).containsEntry("a-1", "newer:2");
  }

  @Test
  void accept_nodeWasRemoved_forgetsItsAnswer() {
    peers.answered("a:1", a("a:2"));
    peers.accept(
        ClusterView.of(ClusterState.newBuilder().setRevision(2).addGonePeers("a-1").build()));
    assertThat(peers.peers()).containsOnlyKeys("b-1");
  }

  @Test
  void answered_nodeOfAnotherCluster_isNone() {
    peers.answered("a:1", a("a:2").toBuilder().setClusterId("other").build());
    assertThat(peers.peers()).containsOnlyKeys("b-1");
  }
}
