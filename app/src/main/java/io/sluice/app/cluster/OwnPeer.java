package io.sluice.app.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.node.FailedShards;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.metadata.raft.RaftNetwork;
import io.sluice.metadata.raft.ShardVoter;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.MetadataFigures;
import io.sluice.storage.proto.ShardVoters;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * This node's part in the metadata: a peer, or none for a node that keeps away from it, which leads
 * nothing. Any thread.
 *
 * @param identity of the cluster, which such a node knows too
 */
record OwnPeer(MetadataIdentity identity, @Nullable MetadataServer server) {
  /**
   * Opens the metadata directory as a peer. Blocks; does not wait for others.
   *
   * @param options all but how others are reached
   * @throws IOException with a message for the operator
   */
  static OwnPeer open(
      MetadataOptions.Builder options,
      ClusterSettings settings,
      NodeCertificates certificates,
      PeerDirectory peers,
      Clock clock,
      MeterRegistry meters)
      throws IOException {
    RaftNetwork network =
        new RaftNetwork(
            settings.raft().host(),
            settings.raft().port(),
            settings.raft().toString(),
            certificates.keyManager(),
            certificates.trustManager(),
            peers,
            RaftNetwork.Timing.DEFAULT);
    MetadataServer opened =
        MetadataServer.open(options.network(network).build(), clock, meters, FailedShards::halt);
    return new OwnPeer(opened.identity(), opened);
  }

  void close() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  /** Tells it where the other peers are. */
  void peersAre(Map<String, String> addresses) {
    if (server != null) {
      server.peersAre(addresses);
    }
  }

  boolean leads(int shard) {
    return server != null && server.leads(shard);
  }

  /** The active format of a shard, as far as it is known here; of a shard that this node leads. */
  int format(int shard) {
    if (server == null) {
      throw new IllegalStateException("this node leads no shard");
    }
    return server.format(shard);
  }

  /** The id of the peer that leads a shard, as far as that is known here. */
  @Nullable String leader(int shard) {
    return server == null ? null : server.membership().leader(shard);
  }

  /** How it is; null of a node that keeps away from the metadata. */
  @Nullable MetadataFigures figures() {
    if (server == null) {
      return null;
    }
    MetadataFigures.Builder figures =
        MetadataFigures.newBuilder().setFreeBytes(server.freeBytes()).setFull(server.isFull());
    for (int shard = 0; shard < identity.shards(); shard++) {
      List<ShardVoter> voters = voters(shard);
      if (voters != null) {
        ShardVoters.Builder led = figures.addLedBuilder().setShard(shard);
        voters.forEach(voter -> led.addPeerIds(voter.peerId()));
      }
    }
    return figures.build();
  }

  /** Known to the leader of the shard only; null to others. */
  @Nullable List<ShardVoter> voters(int shard) {
    try {
      return server != null && server.leads(shard) ? server.membership().voters(shard) : null;
    } catch (StorageFailure lostTheLeadMeanwhile) {
      return null;
    }
  }
}
