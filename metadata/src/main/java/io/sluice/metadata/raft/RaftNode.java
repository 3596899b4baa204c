package io.sluice.metadata.raft;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.HashedWheelTimer;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.LogPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * This node's Raft peer: one Ratis server with a group for each shard.
 *
 * <p>Opening and closing block: not for event loops.
 */
public final class RaftNode implements AutoCloseable {
  private static final Duration FLUSH_LIMIT = Duration.ofMinutes(5);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final MetadataDirectory directory;
  private final RaftGroups groups;
  private final List<RaftShard> shards;
  private final List<CompletableFuture<Void>> ready;
  private final RaftThreads threads;
  private final RaftMetadataStore store;
  private final Submissions submissions;
  private final ShardMembership membership;
  private final @Nullable StateFetcher fetcher;
  private final BiConsumer<Integer, Throwable> onFailure;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * What a peer is opened with.
   *
   * @param directory the metadata directory. Without a network it is made when it is not there
   * @param node the node's name, for a directory that is made now
   * @param shardsWhenCreated how many shards a directory that is made now gets
   * @param network how others reach it; null for a peer that is alone: it opens no port
   * @param clock the leader's clock
   * @param states opens the state of a shard
   * @param meters where figures go
   * @param onFailure told of a shard that stopped for good, with the cause; on any thread, must
   *     return immediately. The process should end
   */
  public record Options(
      Path directory,
      String node,
      int shardsWhenCreated,
      RaftLimits limits,
      @Nullable RaftNetwork network,
      Clock clock,
      ReplicatedState.Factory states,
      MeterRegistry meters,
      BiConsumer<Integer, Throwable> onFailure) {}

  /** As {@link MetadataDirectory#identity}. */
  public static Optional<MetadataIdentity> identity(Path directory) throws IOException {
    return MetadataDirectory.identity(directory);
  }

  /** As {@link MetadataDirectory#create}. */
  public static MetadataIdentity create(Path directory, String node, int shards)
      throws IOException {
    return MetadataDirectory.create(directory, node, shards);
  }

  /** As {@link MetadataDirectory#join}. */
  public static MetadataIdentity join(
      Path directory, String node, UUID cluster, int shards, int epoch) throws IOException {
    return MetadataDirectory.join(directory, node, cluster, shards, epoch);
  }

  /**
   * Opens the directory, brings its logs in order, and starts.
   *
   * @throws IOException when the directory is another server's or of a newer format, a log or a
   *     state can't be used, or the port is taken; the message says which and why
   */
  public static RaftNode open(Options options) throws IOException {
    boolean alone = options.network() == null;
    MetadataDirectory directory =
        alone
            ? MetadataDirectory.openOrCreate(
                options.directory(), options.node(), options.shardsWhenCreated())
            : MetadataDirectory.open(options.directory());
    List<RaftShard.Files> files = new ArrayList<>();
    try {
      files.addAll(
          openAll(
              new ShardFiles(directory, options.states(), alone), directory.identity().shards()));
      RaftNode node = new RaftNode(directory, files, options);
      node.start();
      return node;
    } catch (IOException | RuntimeException | Error e) {
      files.forEach(shard -> shard.state().close());
      directory.close();
      throw e;
    }
  }

  /** Reads logs and opens states of all shards at the same time. */
  private static List<RaftShard.Files> openAll(ShardFiles shards, int count) throws IOException {
    List<CompletableFuture<RaftShard.Files>> opening = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int shard = i;
      opening.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return shards.open(shard);
                } catch (IOException e) {
                  throw new CompletionException(e);
                }
              }));
    }
    List<RaftShard.Files> opened = new ArrayList<>();
    Throwable failure = null;
    for (CompletableFuture<RaftShard.Files> one : opening) {
      try {
        opened.add(one.join());
      } catch (CompletionException e) {
        failure = e.getCause();
      }
    }
    if (failure != null) {
      opened.forEach(shard -> shard.state().close());
      throw failure instanceof IOException io ? io : new IOException(failure);
    }
    return opened;
  }

  private RaftNode(MetadataDirectory directory, List<RaftShard.Files> files, Options options)
      throws IOException {
    this.directory = directory;
    this.onFailure = options.onFailure();
    this.threads = new RaftThreads(files.size());
    HashedWheelTimer timer = threads.timer();
    RaftNetwork network = options.network();
    Events events = new Events();
    PeerRpc.Proofs proofs = new PeerRpc.Proofs();
    List<RaftShard> made = new ArrayList<>();
    List<CompletableFuture<Void>> readiness = new ArrayList<>();
    for (int shard = 0; shard < files.size(); shard++) {
      RaftGroupId group = RaftGroupId.valueOf(directory.group(shard));
      made.add(
          new RaftShard(
              shard,
              group,
              files.get(shard),
              options.limits(),
              events,
              proofs.of(group),
              network == null));
      readiness.add(new CompletableFuture<>());
    }
    this.shards = List.copyOf(made);
    this.ready = List.copyOf(readiness);
    RaftMetrics metrics = new RaftMetrics(options.meters(), shards, threads.readers());
    this.submissions =
        new Submissions(timer, options.clock(), metrics::committed, threads.released());
    LocalReads reads = new LocalReads(threads.readers(), timer);
    this.store =
        new RaftMetadataStore(
            shards,
            network == null ? new SoleVoterReads(reads) : new ReadIndexReads(reads),
            submissions);
    this.fetcher =
        network == null
            ? null
            : new StateFetcher(
                directory, options.states(), network.transfer(), threads.installer(), timer);
    this.groups = new RaftGroups(directory, shards, submissions, options.limits(), network, proofs);
    this.membership =
        new ShardMembership(
            groups.server(),
            shards,
            submissions,
            directory.identity().peerId(),
            network == null ? null : network.address(),
            timer,
            threads.admin());
  }

  private void start() throws IOException {
    try {
      groups.start();
    } catch (IOException | RuntimeException e) {
      stopParts();
      throw e;
    }
  }

  /**
   * Waits until every shard is led by this peer, and answers. Blocks.
   *
   * @throws IOException when a shard fails, or the time is up
   */
  public void awaitReady(Duration limit) throws IOException {
    try {
      CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new))
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("the metadata is not ready after " + limit.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new IOException(
          "the metadata does not start: " + RaftGroups.rootMessage(e), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
  }

  /** The way to the metadata of all shards, for a node that is alone. */
  public MetadataStore store() {
    return store;
  }

  /** The way to the metadata of the shards that this peer leads. */
  public MetadataPeer peer() {
    return store.asPeer();
  }

  /** Who votes in the shards that this peer leads, and who leads. */
  public ShardMembership membership() {
    return membership;
  }

  /**
   * Says where other peers are now, in place of what the groups' configurations say. Cheap, and
   * repeated at will; any thread.
   *
   * @param addresses by peer id, {@code host:port}
   */
  public void peersAre(Map<String, String> addresses) {
    groups.peersAre(addresses);
  }

  /** Whether this node leads a shard and answers for it: the shard's background work runs here. */
  public boolean leads(int shard) {
    return shards.get(shard).leadsAndIsReady();
  }

  /** What the directory is of. */
  public MetadataIdentity identity() {
    return directory.identity();
  }

  /** The active format of a shard, as far as this peer has applied its log. Cheap; any thread. */
  public int format(int shard) {
    return shards.get(shard).state().format();
  }

  /** How the shards stand. Cheap; any thread. */
  public List<ShardPeerStatus> status() {
    return shards.stream().map(ShardPeerStatus::of).toList();
  }

  /**
   * Writes a copy of a shard's state for a peer that fell behind. Blocks for as long as a flush
   * takes.
   *
   * @param into an empty directory, or none; its files, and only files, are the copy
   * @return up to where it goes; index 0 when nothing was ever applied
   * @throws IOException when the state can't be copied
   * @throws StorageFailure.Unavailable while this peer is still reading its log
   */
  public LogPosition checkpoint(int shard, Path into) throws IOException {
    MetadataIdentity self = directory.identity();
    SwappableState state = shards.get(shard).state();
    TermIndex at = state.applied().getIndex() == 0 ? Checkpoint.NOTHING : state.checkpoint(into);
    if (at == null) {
      throw new StorageFailure.Unavailable(
          "metadata shard " + shard + " has not read all of its log yet", RETRY_AFTER, null);
    }
    new Checkpoint(self.clusterId(), shard, self.epoch(), at).write(into);
    return LogPosition.newBuilder().setEpoch(self.epoch()).setIndex(at.getIndex()).build();
  }

  private final class Events implements ShardStateMachine.ShardEvents {
    @Override
    public void leaderReady(int shard) {
      ready.get(shard).complete(null);
    }

    @Override
    public void leadLost(int shard) {
      shards.get(shard).leadLost();
    }

    @Override
    public void failed(int shard, Throwable cause) {
      ready.get(shard).completeExceptionally(cause);
      if (!closed.get()) {
        onFailure.accept(shard, cause);
      }
    }

    @Override
    public void flushDue(int shard) {
      threads.flusher().execute(() -> flush(shards.get(shard)));
    }

    @Override
    public void configured(int shard, RaftConfigurationProto members) {
      PeerAddresses.learn(members);
    }

    @Override
    public void removed(int shard) {
      RaftShard left = shards.get(shard);
      long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
      long pauseMs = left.reopenPause().removedAt(nowMs);
      if (!closed.get()) {
        threads.timer().newTimeout(t -> reopen(left), pauseMs, TimeUnit.MILLISECONDS);
      }
    }

    private void reopen(RaftShard left) {
      if (!closed.get()) {
        threads.admin().execute(() -> groups.waitForAdmission(left));
      }
    }

    @Override
    public CompletableFuture<@Nullable TermIndex> stateWanted(
        int shard, String leader, long first) {
      return fetcher == null
          ? CompletableFuture.failedFuture(new IOException("this peer has no network"))
          : fetcher.fetch(shards.get(shard), leader, first);
    }
  }

  private void flush(RaftShard shard) {
    shard.machine().flushAhead();
    SnapshotManagementRequest request =
        SnapshotManagementRequest.newCreate(
            submissions.client(),
            RaftPeerId.valueOf(directory.identity().peerId()),
            shard.group(),
            submissions.nextCall(),
            FLUSH_LIMIT.toMillis(),
            1);
    CompletableFuture<RaftClientReply> dropped = groups.takeSnapshot(request);
    var unused =
        dropped.whenComplete(
            (reply, failure) -> {
              if (failure != null && !closed.get()) {
                shard.machine().snapshotRefused(failure);
              }
            });
  }

  /** Stops: commands that wait get no answer, what was applied is flushed. Blocks. */
  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      stopParts();
      shards.forEach(shard -> shard.state().close());
      directory.close();
    }
  }

  private void stopParts() throws IOException {
    threads.stopWork();
    groups.close();
    threads.stop();
  }
}
