package io.sluice.app.cluster;

import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.Role;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Lobby;
import io.sluice.app.node.StartupException;
import io.sluice.cluster.channel.InternalClient;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.member.ClusterFormation;
import io.sluice.cluster.member.Formation;
import io.sluice.cluster.member.HazelcastMembership;
import io.sluice.cluster.member.Member;
import io.sluice.cluster.member.NodeHints;
import io.sluice.cluster.member.StartingNode;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.storage.VertxUni;
import io.sluice.storage.proto.NodeHint;
import io.sluice.storage.verticle.DataDirectory;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * How a node gets into its cluster: finds out what it is to do, and makes its metadata directory if
 * there is none. Blocks, for as long as others are to be waited for.
 */
final class Entrance {
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);
  private static final int PROBES_MAX = 64;

  private final ServerOptions options;
  private final ClusterSettings settings;
  private final SelfNode self;
  private final HazelcastMembership membership;
  private final NodeHints hints;
  private final InternalClient client;
  private final Lobby lobby;
  private @Nullable FirstLayout first;

  /**
   * @param self belongs to a cluster already if its directory does
   * @param lobby is told what is waited for
   */
  Entrance(
      ServerOptions options,
      ClusterSettings settings,
      SelfNode self,
      HazelcastMembership membership,
      NodeHints hints,
      InternalClient client,
      Lobby lobby) {
    this.options = options;
    this.settings = settings;
    this.self = self;
    this.membership = membership;
    this.hints = hints;
    this.client = client;
    this.lobby = lobby;
  }

  /**
   * Looks at what can be known before anybody is asked, which takes a busy machine long. Blocks.
   *
   * @throws StartupException when the node's own directories don't belong together
   */
  static void requireOneCluster(ServerOptions options, ClusterSettings settings, SelfNode self)
      throws IOException {
    Optional<String> refusal = ClusterFormation.refusalOf(starting(options, settings, self));
    if (refusal.isPresent()) {
      throw new StartupException(refusal.get(), null);
    }
  }

  /**
   * Enters.
   *
   * @throws StartupException when this node must not start; one line that says what to do
   */
  MetadataIdentity enter() throws IOException {
    Formation decided = decide();
    Path directory = options.metadataDir();
    if (decided instanceof Formation.Refuse refused) {
      throw new StartupException(refused.reason(), null);
    }
    MetadataIdentity identity;
    if (decided instanceof Formation.Join join) {
      requireSameShards(join.shards());
    }
    self.keepIncarnation();
    if (decided instanceof Formation.Create create) {
      first = firstLayout(create.storageNodes());
      identity = MetadataServer.create(directory, settings.node(), options.shards());
    } else if (decided instanceof Formation.Join join) {
      identity =
          MetadataServer.join(
              directory, settings.node(), join.clusterId(), join.shards(), join.epoch());
    } else {
      identity = MetadataServer.identity(directory).orElseThrow();
    }
    requireSameShards(identity.shards());
    self.belongsTo(identity);
    hints.publishNow();
    return identity;
  }

  /** What the first layout is to be, if this node has a say in it because it makes the cluster. */
  @Nullable FirstLayout firstLayout() {
    List<String> peers = settings.metadataPeers();
    if (first == null && !peers.isEmpty() && peers.get(0).equals(settings.node())) {
      // It ended before it could say, and what it saw then is forgotten.
      first = firstLayout(peers.size());
    }
    return first;
  }

  private FirstLayout firstLayout(int storageNodes) {
    if (storageNodes == 0) {
      // Nodes that come later keep the data.
      return new FirstLayout(options.replicas(), options.replicas());
    }
    int disks = settings.has(Role.STORAGE) ? options.data().size() : 0;
    return FirstLayout.of(options.replicasGiven().orElse(null), storageNodes, disks);
  }

  private void requireSameShards(int made) {
    Optional<Integer> other = options.shardsGiven().filter(given -> given != made);
    if (other.isPresent()) {
      throw new StartupException(
          "--shards "
              + other.get()
              + " can't be: this cluster was made with "
              + made
              + ", which stays; leave the option out",
          null);
    }
  }

  private Formation decide() throws IOException {
    Vertx vertx = membership.vertx();
    ClusterFormation formation =
        new ClusterFormation(
            starting(options, settings, self),
            hints::candidates,
            () ->
                membership.members().stream()
                    .filter(member -> !member.self())
                    .map(Member::node)
                    .toList(),
            address -> VertxUni.of(() -> client.identity(address, PROBE_LIMIT)),
            pause -> VertxUni.of(() -> vertx.timer(pause.toMillis()).mapEmpty()));
    lobby.waitsFor(formation::waitsFor);
    try {
      // However long it takes: it tells in the log what it waits for.
      return formation.decide().subscribeAsCompletionStage().get();
    } catch (ExecutionException e) {
      throw new IOException("the cluster can't be found: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static StartingNode starting(
      ServerOptions options, ClusterSettings settings, SelfNode self) throws IOException {
    return new StartingNode(
        self.identity(), diskClusters(options), settings.metadataPeers(), options.replicas());
  }

  private static Set<String> diskClusters(ServerOptions options) throws IOException {
    Set<String> clusters = new HashSet<>();
    for (Path path : options.data()) {
      DataDirectory.identityOf(path)
          .map(identity -> identity.clusterId().toString())
          .ifPresent(clusters::add);
    }
    return clusters;
  }

  /**
   * Until there is a view, asks those whose hints arrive where the metadata is: all may have moved
   * while this node was away.
   */
  void probe(PeerDirectory peers) {
    for (NodeHint hint : hints.some(PROBES_MAX)) {
      String address = hint.getInternalAddress();
      client.identity(address, PROBE_LIMIT).onSuccess(who -> peers.answered(address, who));
    }
  }
}
