package io.sluice.app.cluster;

import io.sluice.cluster.channel.RemoteNode;
import io.sluice.cluster.view.ClusterView;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.metadata.raft.StateTransfer;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The metadata peers of the cluster, and how they are reached: from the newest view, and before
 * there is one from what nodes answered when they were asked. Any thread.
 */
final class PeerDirectory implements Consumer<ClusterView>, StateTransfer {
  private static final Duration CHECKPOINT_LIMIT = Duration.ofMinutes(10);

  private record Remote(String node, RemoteNode channel, String raftAddress) {}

  private final RemoteNodes nodes;
  private final String self;
  private final Consumer<Map<String, String>> raftAddresses;
  private final String ownPeer;
  private final String clusterId;
  private volatile @Nullable MetadataPeer own;
  private volatile Map<String, Remote> remotes = Map.of();
  private volatile Map<String, MetadataPeer> peers = Map.of();
  private boolean viewKnown;

  /**
   * @param self this node's name
   * @param identity what its metadata directory is of
   * @param raftAddresses told where the other peers are, by peer id
   */
  PeerDirectory(
      RemoteNodes nodes,
      String self,
      MetadataIdentity identity,
      Consumer<Map<String, String>> raftAddresses) {
    this.nodes = nodes;
    this.self = self;
    this.raftAddresses = raftAddresses;
    this.ownPeer = identity.peerId();
    this.clusterId = identity.clusterId();
  }

  /** This node's own peer can be asked from now on. */
  synchronized void own(MetadataPeer peer) {
    own = peer;
    show(remotes);
  }

  /** All peers that are known, by id, this node's own too. */
  Map<String, MetadataPeer> peers() {
    return peers;
  }

  /** The node whose peer that is; null when it is not known. */
  @Nullable RemoteNode node(String peerId) {
    Remote remote = remotes.get(peerId);
    return remote == null ? null : remote.channel();
  }

  /** The name of the node whose peer that is; the id itself when it is not known. */
  String nodeName(String peerId) {
    if (peerId.equals(ownPeer)) {
      return self;
    }
    Remote remote = remotes.get(peerId);
    return remote == null ? peerId : remote.node();
  }

  /** All other nodes with peers, by peer id. */
  Map<String, RemoteNode> others() {
    Map<String, RemoteNode> others = new HashMap<>();
    remotes.forEach((id, remote) -> others.put(id, remote.channel()));
    return others;
  }

  /** Who answered at an address. Counts until there is a view. */
  synchronized void answered(String address, NodeIdentity who) {
    if (viewKnown
        || who.getName().equals(self)
        || who.getPeerId().isEmpty()
        || !who.getClusterId().equals(clusterId)) {
      return;
    }
    Map<String, Remote> more = new HashMap<>(remotes);
    more.put(
        who.getPeerId(),
        new Remote(who.getName(), nodes.of(who.getName(), address), who.getRaftAddress()));
    show(more);
  }

  @Override
  public synchronized void accept(ClusterView view) {
    viewKnown = true;
    Map<String, Remote> now = new HashMap<>();
    for (NodeRecord record : view.all()) {
      if (!record.getName().equals(self) && !record.getPeerId().isEmpty()) {
        now.put(
            record.getPeerId(),
            new Remote(record.getName(), nodes.of(record), record.getRaftAddress()));
      }
    }
    nodes.retain(view.nodes().keySet());
    show(now);
  }

  private void show(Map<String, Remote> now) {
    remotes = Map.copyOf(now);
    Map<String, MetadataPeer> all = new HashMap<>();
    Map<String, String> addresses = new HashMap<>();
    now.forEach(
        (id, remote) -> {
          all.put(id, remote.channel().metadata());
          addresses.put(id, remote.raftAddress());
        });
    MetadataPeer here = own;
    if (here != null) {
      all.put(ownPeer, here);
      raftAddresses.accept(addresses);
    }
    peers = Map.copyOf(all);
  }

  @Override
  public CompletableFuture<Void> fetch(String leaderPeerId, int shard, Path into) {
    RemoteNode leader = node(leaderPeerId);
    return leader == null
        ? CompletableFuture.failedFuture(
            new IllegalStateException("peer " + leaderPeerId + " is not known yet"))
        : leader
            .fetchCheckpoint(shard, into, CHECKPOINT_LIMIT)
            .toCompletionStage()
            .toCompletableFuture();
  }
}
