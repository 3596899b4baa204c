package io.sluice.metadata.raft;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.storage.MetadataStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.RaftServer;

/**
 * This node's Raft peer: one Ratis server with a group for each shard.
 *
 * <p>Opening and closing block: not for event loops.
 */
public final class RaftNode implements AutoCloseable {
  private static final int READ_THREADS_MAX = 4;
  private static final int READ_QUEUE_MAX = 4096;
  private static final int TIMER_TICK_MS = 10;
  private static final Duration FLUSH_LIMIT = Duration.ofMinutes(5);

  private final MetadataDirectory directory;
  private final RaftServer server;
  private final RaftPeer self;
  private final List<RaftShard> shards;
  private final List<CompletableFuture<Void>> ready;
  private final HashedWheelTimer timer;
  private final ThreadPoolExecutor readers;
  private final ExecutorService flusher;
  private final RaftMetadataStore store;
  private final BiConsumer<Integer, Throwable> onFailure;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * What a peer is opened with.
   *
   * @param directory the metadata directory
   * @param node the node's name
   * @param shardsWhenCreated how many shards a directory that is made now gets
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
      Clock clock,
      ReplicatedState.Factory states,
      MeterRegistry meters,
      BiConsumer<Integer, Throwable> onFailure) {}

  /**
   * Opens the directory, brings its logs in order, and starts.
   *
   * @throws IOException when the directory is another server's or of a newer format, or a log or a
   *     state can't be used; the message says which and why
   */
  public static RaftNode open(Options options) throws IOException {
    MetadataDirectory directory =
        MetadataDirectory.open(options.directory(), options.node(), options.shardsWhenCreated());
    List<Opened> opened = new ArrayList<>();
    try {
      opened.addAll(openStates(directory, options));
      RaftNode node = new RaftNode(directory, opened, options);
      node.start();
      return node;
    } catch (IOException | RuntimeException | Error e) {
      opened.forEach(shard -> shard.state().close());
      directory.close();
      throw e;
    }
  }

  private record Opened(ReplicatedState state, SnapshotMark mark, GroupDirectory group) {}

  /** Reads logs and opens states of all shards at the same time. */
  private static List<Opened> openStates(MetadataDirectory directory, Options options)
      throws IOException {
    List<CompletableFuture<Opened>> opening = new ArrayList<>();
    for (int i = 0; i < directory.identity().shards(); i++) {
      int shard = i;
      opening.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return openState(directory, shard, options);
                } catch (IOException e) {
                  throw new CompletionException(e);
                }
              }));
    }
    List<Opened> opened = new ArrayList<>();
    Throwable failure = null;
    for (CompletableFuture<Opened> one : opening) {
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

  private static Opened openState(MetadataDirectory directory, int shard, Options options)
      throws IOException {
    SnapshotMark mark = new SnapshotMark(directory.snapshot(shard));
    long snapshot = mark.latest() == null ? 0 : mark.latest().getIndex();
    ReplicatedState state = options.states().open(directory.state(shard), shard);
    try {
      long applied = state.applied().getIndex();
      if (applied < snapshot) {
        throw new LogRepair.LogDamaged(
            "the state of metadata shard %d (%s) has lost entries: it ends at %d, and was durable up to %d"
                .formatted(shard, directory.state(shard), applied, snapshot));
      }
      Path place = directory.logs().resolve(directory.group(shard).toString());
      GroupDirectory group = new GroupDirectory(place);
      new LogRepair(group.current(), shard).run(applied, snapshot);
      if (applied == 0) {
        group.clearUnlessBegun();
      }
      return new Opened(state, mark, group);
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  private RaftNode(MetadataDirectory directory, List<Opened> opened, Options options)
      throws IOException {
    this.directory = directory;
    this.onFailure = options.onFailure();
    this.self = RaftPeer.newBuilder().setId(directory.identity().peer()).build();
    this.timer =
        new HashedWheelTimer(
            new DefaultThreadFactory("sluice-metadata-timer", true),
            TIMER_TICK_MS,
            TimeUnit.MILLISECONDS);
    this.readers = readers();
    this.flusher = flusher(opened.size());
    Events events = new Events();
    List<RaftShard> made = new ArrayList<>();
    List<CompletableFuture<Void>> readiness = new ArrayList<>();
    for (int shard = 0; shard < opened.size(); shard++) {
      Opened one = opened.get(shard);
      ShardStateMachine machine =
          new ShardStateMachine(
              shard,
              directory.identity().epoch(),
              one.state(),
              one.mark(),
              one.group(),
              options.limits(),
              events);
      RaftGroupId group = RaftGroupId.valueOf(directory.group(shard));
      made.add(new RaftShard(shard, group, one.state(), machine, options.limits()));
      readiness.add(new CompletableFuture<>());
    }
    this.shards = List.copyOf(made);
    this.ready = List.copyOf(readiness);
    RaftMetrics metrics = new RaftMetrics(options.meters(), shards, readers);
    this.store =
        new RaftMetadataStore(
            shards, new SoleVoterReads(readers, timer), timer, options.clock(), metrics::committed);
    RaftProperties settings = RaftSettings.of(directory.logs(), options.limits());
    this.server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(directory.identity().peer()))
            .setProperties(settings)
            .setStateMachineRegistry(this::machineOf)
            .build();
  }

  private static ThreadPoolExecutor readers() {
    int threads = Math.min(READ_THREADS_MAX, Runtime.getRuntime().availableProcessors());
    return new ThreadPoolExecutor(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(READ_QUEUE_MAX),
        new DefaultThreadFactory("sluice-metadata-read", true));
  }

  /** A shard asks for one flush at a time, so the queue can't be full. */
  private static ExecutorService flusher(int shards) {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(shards),
        new DefaultThreadFactory("sluice-metadata-flush", true));
  }

  private ShardStateMachine machineOf(RaftGroupId group) {
    return shards.stream()
        .filter(shard -> shard.group().equals(group))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no shard has the Raft group " + group))
        .machine();
  }

  private void start() throws IOException {
    try {
      server.start();
      Set<RaftGroupId> known = new HashSet<>();
      server.getGroupIds().forEach(known::add);
      List<CompletableFuture<RaftClientReply>> added = new ArrayList<>();
      for (RaftShard shard : shards) {
        if (!known.contains(shard.group())) {
          added.add(add(shard));
        }
      }
      for (CompletableFuture<RaftClientReply> one : added) {
        RaftClientReply reply = one.get();
        if (!reply.isSuccess()) {
          throw new IOException("a Raft group could not be made", reply.getException());
        }
      }
      for (RaftShard shard : shards) {
        shard.attach(server.getDivision(shard.group()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopParts();
      throw new IOException("interrupted while starting", e);
    } catch (IOException | ExecutionException | RuntimeException e) {
      stopParts();
      throw new IOException("the Raft server does not start: " + rootMessage(e), e);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private CompletableFuture<RaftClientReply> add(RaftShard shard) throws IOException {
    RaftGroup group = RaftGroup.valueOf(shard.group(), self);
    return server.groupManagementAsync(
        GroupManagementRequest.newAdd(store.client(), self.getId(), store.nextCall(), group));
  }

  /**
   * Waits until every shard answers. Blocks.
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
      throw new IOException("the metadata does not start: " + rootMessage(e), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
  }

  /** The way to the metadata of all shards. */
  public MetadataStore store() {
    return store;
  }

  /** Whether this node leads a shard and answers for it: the shard's background work runs here. */
  public boolean leads(int shard) {
    return shards.get(shard).leadsAndIsReady();
  }

  /** The cluster's id. */
  public UUID clusterId() {
    return directory.identity().cluster();
  }

  /** How this peer is called in its Raft groups. */
  public String peerId() {
    return directory.identity().peer();
  }

  /** How the shards stand. Cheap; any thread. */
  public List<ShardPeerStatus> status() {
    return shards.stream().map(ShardPeerStatus::of).toList();
  }

  private final class Events implements ShardStateMachine.ShardEvents {
    @Override
    public void leaderReady(int shard) {
      ready.get(shard).complete(null);
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
      flusher.execute(() -> flush(shards.get(shard)));
    }
  }

  private void flush(RaftShard shard) {
    shard.machine().flushAhead();
    SnapshotManagementRequest request =
        SnapshotManagementRequest.newCreate(
            store.client(),
            self.getId(),
            shard.group(),
            store.nextCall(),
            FLUSH_LIMIT.toMillis(),
            1);
    CompletableFuture<RaftClientReply> dropped = server.snapshotManagementAsync(request);
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
    flusher.shutdown();
    server.close();
    readers.shutdownNow();
    timer.stop();
  }
}
