package io.sluice.metadata;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.metadata.raft.RaftLimits;
import io.sluice.metadata.raft.RaftNode;
import io.sluice.metadata.raft.ReplicatedState;
import io.sluice.metadata.raft.ShardMembership;
import io.sluice.metadata.raft.ShardPeerStatus;
import io.sluice.metadata.state.ShardState;
import io.sluice.metadata.state.ShardStateOptions;
import io.sluice.metadata.state.rocks.RocksLibrary;
import io.sluice.metadata.state.rocks.RocksMemory;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The metadata plane of a node: its shards, replicated by Raft, kept in RocksDB.
 *
 * <p>Opening and closing block: not for event loops. What {@link #store()} gives may be used there.
 */
public final class MetadataServer implements AutoCloseable {
  private final RaftNode node;
  private final RocksMemory memory;
  private final SpaceFloor floor;
  private final RoomyMetadata roomy;
  private final MetadataPeer peer;

  private MetadataServer(RaftNode node, RocksMemory memory, SpaceFloor floor) {
    this.node = node;
    this.memory = memory;
    this.floor = floor;
    this.roomy = new RoomyMetadata(node.store(), node.peer(), floor, node::leads);
    this.peer = roomy.asPeer();
  }

  /**
   * Loads native code ahead of {@link #open}, for a thread beside the one that starts a server: it
   * saves a tenth of a second or more. Blocks; never fails.
   */
  public static void preload() {
    RocksLibrary.preload();
  }

  /**
   * Says what a directory is of, without opening it. Blocks.
   *
   * @return empty when nothing was made there yet
   * @throws IOException when it is damaged or of a newer format
   */
  public static Optional<MetadataIdentity> identity(Path directory) throws IOException {
    return RaftNode.identity(directory);
  }

  /**
   * Makes the directory of the first peer of a new cluster, which is the only voter of every shard
   * until it admits others. Blocks.
   *
   * @param node the node's name; part of the peer's id
   * @throws IOException when the directory belongs to a cluster already, or another process has it
   */
  public static MetadataIdentity create(Path directory, String node, int shards)
      throws IOException {
    return RaftNode.create(directory, node, shards);
  }

  /**
   * Makes the directory of one more peer of a cluster. Opened, it waits until the others admit it.
   * Blocks.
   *
   * @param clusterId the cluster's id, and {@code shards} and {@code epoch} its too: as another
   *     peer's {@link #identity} says
   * @throws IOException when the directory belongs to a cluster already, or another process has it
   * @throws IllegalArgumentException when the cluster's id is not a UUID
   */
  public static MetadataIdentity join(
      Path directory, String node, String clusterId, int shards, int epoch) throws IOException {
    return RaftNode.join(directory, node, UUID.fromString(clusterId), shards, epoch);
  }

  /**
   * Opens the directory. Without a network it is made when it is not there, and this waits until
   * every shard answers. With one it must be there, and may also be one that was alone before; this
   * does not wait, because whether a shard answers depends on others.
   *
   * @param clock the wall clock: shard time follows it, but never goes back
   * @param meters where figures go
   * @param onFailure told of a shard that stopped for good, with the cause. The process should end
   *     with one clear line: the shard answers no more. Any thread; must return immediately
   * @throws IOException with a message for the operator: another server uses the directory, it is
   *     of a newer format, or damaged
   */
  public static MetadataServer open(
      MetadataOptions options,
      Clock clock,
      MeterRegistry meters,
      BiConsumer<Integer, Throwable> onFailure)
      throws IOException {
    RocksMemory memory =
        RocksMemory.allocate(options.blockCacheBytes(), options.writeBufferBytes());
    ShardStateOptions state = new ShardStateOptions(memory, meters, options.formats());
    try {
      RaftNode node =
          RaftNode.open(
              new RaftNode.Options(
                  options.directory(),
                  options.node(),
                  options.shards(),
                  RaftLimits.DEFAULT,
                  options.network(),
                  clock,
                  new States(state),
                  meters,
                  onFailure));
      SpaceFloor floor = new SpaceFloor(options.freeBytes(), options.floorBytes(), meters);
      MetadataServer server = new MetadataServer(node, memory, floor);
      if (options.network() == null) {
        server.awaitReady(options);
      }
      return server;
    } catch (IOException | RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  private void awaitReady(MetadataOptions options) throws IOException {
    try {
      node.awaitReady(options.startLimit());
    } catch (IOException e) {
      floor.close();
      node.close();
      throw e;
    }
  }

  /** The way to the metadata of all shards, for a node that is alone. */
  public MetadataStore store() {
    return roomy;
  }

  /** The way to the metadata of the shards that this peer leads. */
  public MetadataPeer peer() {
    return peer;
  }

  /** Who votes in the shards that this peer leads, and who leads. */
  public ShardMembership membership() {
    return node.membership();
  }

  /**
   * Says where other peers are now, in place of what the shards' own configurations say. Cheap, and
   * repeated at will; any thread. A peer that joins should be told the others before it is
   * admitted.
   *
   * @param addresses by peer id, {@code host:port}
   */
  public void peersAre(Map<String, String> addresses) {
    node.peersAre(addresses);
  }

  /** What this server's directory is of. */
  public MetadataIdentity identity() {
    return node.identity();
  }

  /**
   * Writes a copy of a shard's state, for a peer that fell behind. Blocks for as long as a flush
   * takes.
   *
   * @param into an empty directory, best on the disk of the metadata: files are linked then. It
   *     gets plain files only
   * @return up to where it goes; index 0 when nothing was ever applied
   * @throws IOException when the state can't be copied
   * @throws io.sluice.storage.StorageFailure.Unavailable while this peer is still reading its log
   */
  public LogPosition checkpoint(int shard, Path into) throws IOException {
    return node.checkpoint(shard, into);
  }

  /** Whether this node leads a shard and answers for it: the shard's background work runs here. */
  public boolean leads(int shard) {
    return node.leads(shard);
  }

  /** What is free on the disk of the metadata, in bytes; at most a second old. Any thread. */
  public long freeBytes() {
    return floor.free();
  }

  /**
   * Whether less is free there than is to stay free: what adds to the shards that this node leads
   * is refused, and shards that it only follows may soon stop here. Cheap; any thread.
   */
  public boolean isFull() {
    return floor.isFull();
  }

  /** The active format of a shard, as far as this peer has applied its log. Cheap; any thread. */
  public int format(int shard) {
    return node.format(shard);
  }

  /** How the shards stand. Cheap; any thread. */
  public List<ShardPeerStatus> status() {
    return node.status();
  }

  /** The cluster's id, 36 characters. */
  public String clusterId() {
    return node.identity().clusterId();
  }

  /** Flushes, stops, and gives the directory free. Commands that wait get no answer. Blocks. */
  @Override
  public void close() throws IOException {
    floor.close();
    node.close();
    memory.close();
  }

  private record States(ShardStateOptions options) implements ReplicatedState.Factory {
    @Override
    public ReplicatedState open(Path directory, int shard) throws IOException {
      return new Stored(ShardState.open(directory, shard, options));
    }

    @Override
    public LogPosition check(Path directory, int shard) throws IOException {
      // Its figures would take the place of those of the state that is in use.
      ShardStateOptions apart =
          new ShardStateOptions(options.memory(), new CompositeMeterRegistry(), options.formats());
      try (ShardState state = ShardState.open(directory, shard, apart)) {
        state.verifyChecksums();
        return state.applied();
      }
    }
  }

  /** RocksDB's state under Raft's log. */
  private record Stored(ShardState state) implements ReplicatedState {
    @Override
    public LogPosition applied() {
      return state.applied();
    }

    @Override
    public Outcome apply(LogPosition position, Command command) throws IOException {
      return state.apply(position, command);
    }

    @Override
    public Answer answer(Query query) throws IOException {
      return state.answer(query);
    }

    @Override
    public @Nullable Answer answerFromMemory(Query query) {
      return state.answerFromMemory(query);
    }

    @Override
    public LogPosition flush() throws IOException {
      return state.flush();
    }

    @Override
    public void checkpoint(Path into) throws IOException {
      state.checkpoint(into);
    }

    @Override
    public long shardTimeMs() {
      return state.shardTimeMs();
    }

    @Override
    public int format() {
      return state.format();
    }

    @Override
    public void close() {
      state.close();
    }
  }
}
