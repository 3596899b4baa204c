package io.sluice.metadata.raft;

import io.netty.util.Timer;
import io.sluice.storage.StorageFailure;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * Who votes in the shards that this peer leads, and who leads them. Every change fails with {@link
 * StorageFailure.NotLeader} where this peer does not lead, with {@link StorageFailure.Unavailable}
 * when it was not begun, and with {@link StorageFailure.OutcomeUnknown} when the time is up: look
 * at {@link #voters} again. Of several changes at the same time all but one fail.
 *
 * <p>Every method returns at once; any thread.
 */
public final class ShardMembership {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final long LOOK_EVERY_MS = 10;

  private final RaftServer server;
  private final List<RaftShard> shards;
  private final Submissions calls;
  private final String self;
  private final @Nullable String address;
  private final Timer timer;
  private final Executor blocking;

  /**
   * Makes it.
   *
   * @param self this peer
   * @param address where others reach it; null when they can't
   * @param blocking runs what may block
   */
  ShardMembership(
      RaftServer server,
      List<RaftShard> shards,
      Submissions calls,
      String self,
      @Nullable String address,
      Timer timer,
      Executor blocking) {
    this.server = server;
    this.shards = shards;
    this.calls = calls;
    this.self = self;
    this.address = address;
    this.timer = timer;
    this.blocking = blocking;
  }

  /** Whether this peer leads a shard and may change its members. */
  public boolean leads(int shard) {
    return shards.get(shard).leadsAndIsReady();
  }

  /** The peer that leads a shard, as far as this one knows; null when it knows of none. */
  public @Nullable String leader(int shard) {
    return shards.get(shard).leader();
  }

  /**
   * The voters of a shard that this peer leads.
   *
   * @throws StorageFailure.NotLeader when it doesn't
   */
  public List<ShardVoter> voters(int shard) {
    RaftServer.Division division = leading(shard);
    Map<String, Long> committed = new HashMap<>();
    for (CommitInfoProto info : division.getCommitInfos()) {
      committed.put(RaftPeerId.valueOf(info.getServer().getId()).toString(), info.getCommitIndex());
    }
    Map<String, Long> silent = new HashMap<>();
    for (ServerRpcProto follower :
        division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList()) {
      silent.put(
          RaftPeerId.valueOf(follower.getId().getId()).toString(),
          follower.getLastRpcElapsedTimeMs());
    }
    long newest = division.getRaftLog().getLastCommittedIndex();
    List<ShardVoter> voters = new ArrayList<>();
    for (RaftPeer peer : division.getRaftConf().getCurrentPeers()) {
      String id = peer.getId().toString();
      voters.add(
          new ShardVoter(
              id,
              id.equals(self) && address != null ? address : PeerAddresses.configured(peer),
              id.equals(self) ? 0 : Math.max(0, newest - committed.getOrDefault(id, 0L)),
              silent.getOrDefault(id, 0L)));
    }
    return voters;
  }

  private RaftServer.Division leading(int shard) {
    RaftShard peer = shards.get(shard);
    RaftServer.Division division = peer.division();
    if (division == null || !peer.leadsAndIsReady()) {
      throw peer.notReady();
    }
    return division;
  }

  /**
   * Admits a peer. It gets the shard's state first, and votes from then on. Nothing to do when it
   * is a voter already.
   *
   * @param peerAddress where it is reached, {@code host:port}
   */
  public Uni<Void> addVoter(int shard, String peerId, String peerAddress, Duration deadline) {
    return change(shard, Map.of(peerId, peerAddress), Set.of(), deadline);
  }

  /**
   * Removes a voter other than this peer, which leads. Nothing to do when it is none.
   *
   * @throws IllegalArgumentException from the subscription, for this peer: move the lead first
   */
  public Uni<Void> removeVoter(int shard, String peerId, Duration deadline) {
    return change(shard, Map.of(), Set.of(peerId), deadline);
  }

  /** Puts one peer in the place of another, in one step: there are never fewer voters. */
  public Uni<Void> replaceVoter(
      int shard, String gone, String peerId, String peerAddress, Duration deadline) {
    return change(shard, Map.of(peerId, peerAddress), Set.of(gone), deadline);
  }

  private Uni<Void> change(
      int shard, Map<String, String> added, Set<String> removed, Duration deadline) {
    return Uni.createFrom()
        .completionStage(
            () ->
                CompletableFuture.completedFuture(deadline)
                    .thenComposeAsync(limit -> begin(shard, added, removed), blocking)
                    .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .handle((reply, failure) -> settle(shard, reply, failure)));
  }

  private CompletableFuture<RaftClientReply> begin(
      int shard, Map<String, String> added, Set<String> removed) {
    if (removed.contains(self)) {
      throw new IllegalArgumentException("the leader does not remove itself: move the lead first");
    }
    RaftServer.Division division = leading(shard);
    Collection<RaftPeer> current = division.getRaftConf().getCurrentPeers();
    Map<String, RaftPeer> next = new HashMap<>();
    for (RaftPeer peer : current) {
      String id = peer.getId().toString();
      String known = id.equals(self) ? address : PeerAddresses.get(id);
      next.put(id, PeerAddresses.named(id, known == null ? PeerAddresses.configured(peer) : known));
    }
    added.forEach(
        (id, peerAddress) -> {
          PeerAddresses.put(id, peerAddress);
          next.putIfAbsent(id, PeerAddresses.named(id, peerAddress));
        });
    removed.forEach(next::remove);
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            calls.client(),
            division.getId(),
            shards.get(shard).group(),
            calls.nextCall(),
            SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(List.copyOf(next.values()))
                .setServersInCurrentConf(List.copyOf(current))
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .build());
    try {
      return server.setConfigurationAsync(request);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private @Nullable Void settle(
      int shard, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause == null && reply != null && !reply.isSuccess()) {
      cause = reply.getException();
    }
    if (cause == null) {
      return null;
    }
    if (cause instanceof StorageFailure || cause instanceof IllegalArgumentException) {
      throw new CompletionException(cause);
    }
    if (cause instanceof TimeoutException) {
      throw new StorageFailure.OutcomeUnknown(
          "the members of metadata shard " + shard + " did not change in time", cause);
    }
    if (!leads(shard)) {
      throw new StorageFailure.OutcomeUnknown(
          "metadata shard " + shard + " lost its leader while its members changed", cause);
    }
    throw new StorageFailure.Unavailable(
        "the members of metadata shard " + shard + " can't be changed now: " + cause.getMessage(),
        RETRY_AFTER,
        cause);
  }

  /**
   * Has another voter lead. Commands are refused until it does, so that it can catch up; it is
   * asked only when it has everything. When the time is up, or it does not want to, this peer goes
   * on.
   */
  public Uni<Void> transferLeadership(int shard, String peerId, Duration deadline) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              RaftShard led = shards.get(shard);
              leading(shard);
              if (peerId.equals(self)) {
                return CompletableFuture.completedFuture(null);
              }
              if (!led.beginHandOver()) {
                throw new StorageFailure.Unavailable(
                    "metadata shard " + shard + " is changing its leader", RETRY_AFTER, null);
              }
              CompletableFuture<Void> done = new CompletableFuture<>();
              var unused = done.whenComplete((v, failure) -> led.endHandOver());
              HandOver handOver = new HandOver(led, peerId, done, deadline);
              handOver.look();
              return done;
            });
  }

  /** Looks every few milliseconds how far it is. */
  private final class HandOver {
    private final RaftShard shard;
    private final String target;
    private final CompletableFuture<Void> done;
    private final long endNanos;
    private volatile boolean asked;

    HandOver(RaftShard shard, String target, CompletableFuture<Void> done, Duration deadline) {
      this.shard = shard;
      this.target = target;
      this.done = done;
      this.endNanos = System.nanoTime() + deadline.toNanos();
    }

    void look() {
      try {
        if (target.equals(shard.leader())) {
          done.complete(null);
        } else if (System.nanoTime() - endNanos > 0) {
          done.completeExceptionally(
              new StorageFailure.OutcomeUnknown(
                  target + " did not take the lead of metadata shard " + shard.shard(), null));
        } else {
          if (!asked && shard.pendingCommands() == 0 && isCaughtUp()) {
            asked = true;
            blocking.execute(this::ask);
          }
          timer.newTimeout(t -> look(), LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        }
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    }

    private boolean isCaughtUp() {
      RaftServer.Division division = leading(shard.shard());
      List<ServerRpcProto> followers =
          division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
      long[] matched = division.getInfo().getFollowerMatchIndices();
      if (matched == null || matched.length != followers.size()) {
        return false;
      }
      long last = lastEntry(division).getIndex();
      for (int i = 0; i < matched.length; i++) {
        if (RaftPeerId.valueOf(followers.get(i).getId().getId()).toString().equals(target)) {
          return matched[i] >= last;
        }
      }
      throw new StorageFailure.Unavailable(
          target + " does not vote in metadata shard " + shard.shard(), RETRY_AFTER, null);
    }

    private static TermIndex lastEntry(RaftServer.Division division) {
      TermIndex last = division.getRaftLog().getLastEntryTermIndex();
      return last == null ? TermIndex.valueOf(0, 0) : last;
    }

    private void ask() {
      try {
        RaftServer.Division division = leading(shard.shard());
        StartLeaderElectionRequestProto request =
            StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(
                    ClientProtoUtils.toRaftRpcRequestProtoBuilder(
                        division.getMemberId(), RaftPeerId.valueOf(target)))
                .setLeaderLastEntry(lastEntry(division).toProto())
                .build();
        StartLeaderElectionReplyProto reply = server.getServerRpc().startLeaderElection(request);
        asked = reply.getServerReply().getSuccess();
      } catch (IOException | RuntimeException e) {
        done.completeExceptionally(
            new StorageFailure.Unavailable(
                target + " can't be asked to lead metadata shard " + shard.shard(),
                RETRY_AFTER,
                e));
      }
    }
  }
}
