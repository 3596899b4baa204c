package io.sluice.metadata.raft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.statemachine.StateMachine;
import org.apache.ratis.util.ExitUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Ratis server of a peer, and the groups in it. */
final class RaftGroups {
  private static final Logger log = LoggerFactory.getLogger(RaftGroups.class);
  private static final long GROUP_CHANGE_SECONDS_MAX = 60;

  static {
    // Ratis ends the process when a port is taken, and in some other cases, without a word to us.
    ExitUtils.disableSystemExit();
  }

  private final MetadataDirectory directory;
  private final List<RaftShard> shards;
  private final Submissions calls;
  private final @Nullable RaftNetwork network;
  private final RaftServer server;

  RaftGroups(
      MetadataDirectory directory,
      List<RaftShard> shards,
      Submissions calls,
      RaftLimits limits,
      @Nullable RaftNetwork network,
      PeerRpc.Proofs proofs)
      throws IOException {
    this.directory = directory;
    this.shards = shards;
    this.calls = calls;
    this.network = network;
    try {
      this.server =
          RaftServer.newBuilder()
              .setServerId(RaftPeerId.valueOf(directory.identity().peerId()))
              .setProperties(RaftSettings.of(directory.logs(), limits, network))
              .setParameters(RaftSettings.parameters(network, proofs))
              .setStateMachineRegistry(this::machineOf)
              .build();
    } catch (RuntimeException e) {
      throw new IOException("the Raft server can't be made: " + rootMessage(e), e);
    }
  }

  RaftServer server() {
    return server;
  }

  private StateMachine machineOf(RaftGroupId group) {
    return shards.stream()
        .filter(shard -> shard.group().equals(group))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no shard has the Raft group " + group))
        .newMachine();
  }

  /** Starts the groups that are there, and makes the others. Blocks. */
  void start() throws IOException {
    try {
      server.start();
      Set<RaftGroupId> known = new HashSet<>();
      server.getGroupIds().forEach(known::add);
      List<CompletableFuture<RaftClientReply>> added = new ArrayList<>();
      for (RaftShard shard : shards) {
        if (!known.contains(shard.group())) {
          added.add(add(shard, true));
        }
      }
      for (CompletableFuture<RaftClientReply> one : added) {
        finish(one);
      }
      for (RaftShard shard : shards) {
        attach(shard);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    } catch (IOException | ExecutionException | TimeoutException | RuntimeException e) {
      String where = network == null ? "" : " at " + network.bindHost() + ":" + network.port();
      throw new IOException("the Raft server does not start" + where + ": " + rootMessage(e), e);
    }
  }

  private void attach(RaftShard shard) throws IOException {
    RaftServer.Division division = server.getDivision(shard.group());
    PeerAddresses.learn(division.getRaftConf().getAllPeers());
    shard.attach(division);
  }

  private static void finish(CompletableFuture<RaftClientReply> change)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    RaftClientReply reply = change.get(GROUP_CHANGE_SECONDS_MAX, TimeUnit.SECONDS);
    if (!reply.isSuccess()) {
      throw new IOException("a Raft group could not be changed", reply.getException());
    }
  }

  static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /**
   * Adds a shard's group: with this peer as the only voter where the cluster is created; without
   * any where this peer has to be admitted, or its log knows who votes.
   */
  private CompletableFuture<RaftClientReply> add(RaftShard shard, boolean isNew)
      throws IOException {
    boolean begins = isNew && directory.origin() == MetadataDirectory.Origin.CREATED;
    RaftGroup group = begins ? RaftGroup.valueOf(shard.group(), self()) : empty(shard);
    return server.groupManagementAsync(
        GroupManagementRequest.newAdd(
            calls.client(), server.getId(), calls.nextCall(), group, isNew));
  }

  private static RaftGroup empty(RaftShard shard) {
    return RaftGroup.valueOf(shard.group());
  }

  private RaftPeer self() {
    return PeerAddresses.named(
        directory.identity().peerId(), network == null ? null : network.address());
  }

  /**
   * Opens a group again that Ratis closed when this peer was removed: it keeps what it has, and may
   * be admitted again. Blocks.
   */
  void waitForAdmission(RaftShard shard) {
    try {
      log.info("Shard {}: this peer was removed; it waits for being admitted again", shard.shard());
      finish(
          server.groupManagementAsync(
              GroupManagementRequest.newRemove(
                  calls.client(), server.getId(), calls.nextCall(), shard.group(), false, false)));
      finish(add(shard, false));
      attach(shard);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | ExecutionException | TimeoutException | RuntimeException e) {
      log.warn(
          "Shard {}: this peer was removed, and can be admitted only after a restart",
          shard.shard(),
          e);
    }
  }

  void peersAre(Map<String, String> addresses) {
    List<RaftPeer> named = new ArrayList<>();
    addresses.forEach(
        (peerId, address) -> {
          PeerAddresses.put(peerId, address);
          named.add(PeerAddresses.named(peerId, null));
        });
    // Whom Ratis hears of first by a configuration without names it would never reach.
    server.getServerRpc().addRaftPeers(named);
  }

  CompletableFuture<RaftClientReply> takeSnapshot(SnapshotManagementRequest request) {
    return server.snapshotManagementAsync(request);
  }

  /** Stops all groups. Blocks. */
  void close() throws IOException {
    server.close();
  }
}
