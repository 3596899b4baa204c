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
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The metadata peers of the cluster, and how they are reached: from the newest view, and from what
 * nodes answered when this one, while it starts, asked them. A view may lack those that have not
 * registered yet, and know others where they were before they moved, so an answer counts until the
 * view says something new of the node. Any thread.
 */
final class PeerDirectory implements Consumer<ClusterView>, StateTransfer {
  private static final Duration CHECKPOINT_LIMIT = Duration.ofMinutes(10);

  private record Remote(String node, RemoteNode channel, String raftAddress) {}

  private record Answered(String node, String internalAddress, String raftAddress) {
    boolean agreesWith(NodeRecord record) {
      return internalAddress.equals(record.getInternalAddress())
          && raftAddress.equals(record.getRaftAddress());
    }
  }

  private final RemoteNodes nodes;
  private final String self;
  private final Consumer<Map<String, String>> raftAddresses;
  private final String ownPeer;
  private final String clusterId;
  private volatile @Nullable MetadataPeer own;
  private final Map<String, Answered> answered = new HashMap<>();
  private Map<String, NodeRecord> seen = Map.of();
  private volatile Map<String, Remote> remotes = Map.of();
  private volatile Map<String, MetadataPeer> peers = Map.of();

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
    show();
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

  /** Who answered at an address. */
  synchronized void answered(String address, NodeIdentity who) {
    if (who.getName().equals(self)
        || who.getPeerId().isEmpty()
        || !who.getClusterId().equals(clusterId)) {
      return;
    }
    Answered answer = new Answered(who.getName(), address, who.getRaftAddress());
    NodeRecord record = seen.get(who.getPeerId());
    if (record == null || !answer.agreesWith(record)) {
      answered.put(who.getPeerId(), answer);
      nodes.pin(answer.node(), address);
      show();
    } else if (answered.remove(who.getPeerId()) != null) {
      // It moved between its last answer and the first view, which was right all the time.
      nodes.unpin(answer.node());
      show();
    }
  }

  @Override
  public synchronized void accept(ClusterView view) {
    Map<String, NodeRecord> now = new HashMap<>();
    for (NodeRecord record : view.all()) {
      if (!record.getName().equals(self)
          && !record.getPeerId().isEmpty()
          && !record.getRaftAddress().isEmpty()) {
        now.put(record.getPeerId(), record);
      }
    }
    answered
        .entrySet()
        .removeIf(
            entry -> {
              boolean outdated =
                  view.gonePeers().contains(entry.getKey())
                      || isNews(
                          seen.get(entry.getKey()), now.get(entry.getKey()), entry.getValue());
              if (outdated) {
                nodes.unpin(entry.getValue().node());
              }
              return outdated;
            });
    seen = now;
    Set<String> kept = new HashSet<>(view.nodes().keySet());
    answered.values().forEach(answer -> kept.add(answer.node()));
    nodes.retain(kept);
    show();
  }

  private static boolean isNews(
      @Nullable NodeRecord before, @Nullable NodeRecord now, Answered answer) {
    return now != null
        && (answer.agreesWith(now)
            || (before != null
                && !(before.getInternalAddress().equals(now.getInternalAddress())
                    && before.getRaftAddress().equals(now.getRaftAddress()))));
  }

  private void show() {
    Map<String, Remote> now = new HashMap<>();
    seen.forEach(
        (id, record) ->
            now.put(id, new Remote(record.getName(), nodes.of(record), record.getRaftAddress())));
    answered.forEach(
        (id, answer) ->
            now.put(
                id,
                new Remote(
                    answer.node(),
                    nodes.of(answer.node(), answer.internalAddress()),
                    answer.raftAddress())));
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
