package io.sluice.metadata;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.metadata.raft.RaftNode;
import io.sluice.metadata.raft.ReplicatedState;
import io.sluice.metadata.raft.ShardPeerStatus;
import io.sluice.metadata.state.ShardState;
import io.sluice.metadata.state.ShardStateOptions;
import io.sluice.metadata.state.rocks.RocksLibrary;
import io.sluice.metadata.state.rocks.RocksMemory;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
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

  private MetadataServer(RaftNode node, RocksMemory memory) {
    this.node = node;
    this.memory = memory;
  }

  /**
   * Loads native code ahead of {@link #open}, for a thread beside the one that starts a server: it
   * saves a tenth of a second or more. Blocks; never fails.
   */
  public static void preload() {
    RocksLibrary.preload();
  }

  /**
   * Opens the directory and waits until every shard answers.
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
    ShardStateOptions state = new ShardStateOptions(memory, meters);
    try {
      RaftNode node =
          RaftNode.open(
              new RaftNode.Options(
                  options.directory(),
                  options.node(),
                  options.shards(),
                  options.limits(),
                  clock,
                  (directory, shard) -> new Stored(ShardState.open(directory, shard, state)),
                  meters,
                  onFailure));
      MetadataServer server = new MetadataServer(node, memory);
      server.awaitReady(options);
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
      node.close();
      throw e;
    }
  }

  /** The way to the metadata of all shards. */
  public MetadataStore store() {
    return node.store();
  }

  /** Whether this node leads a shard and answers for it: the shard's background work runs here. */
  public boolean leads(int shard) {
    return node.leads(shard);
  }

  /** How the shards stand. Cheap; any thread. */
  public List<ShardPeerStatus> status() {
    return node.status();
  }

  /** The cluster's id, 36 characters. */
  public String clusterId() {
    return node.clusterId().toString();
  }

  /** Flushes, stops, and gives the directory free. Commands that wait get no answer. Blocks. */
  @Override
  public void close() throws IOException {
    node.close();
    memory.close();
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
    public long shardTimeMs() {
      return state.shardTimeMs();
    }

    @Override
    public void close() {
      state.close();
    }
  }
}
