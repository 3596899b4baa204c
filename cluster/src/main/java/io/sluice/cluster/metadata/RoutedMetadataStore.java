package io.sluice.cluster.metadata;

import io.sluice.storage.CommandId;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a cluster: finds for each shard the peer that leads it, remembers it, and asks
 * another when that one does not answer.
 *
 * <p>Command ids are made here: 8 bytes of the deadline in shard time and 8 random ones, the same
 * for every attempt (INVARIANTS 5). Each subscription to a submitted command is a command of its
 * own.
 */
public final class RoutedMetadataStore implements MetadataStore {
  private static final Query STATUS =
      Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();

  /** A longer wait would outlast what shards remember of commands. */
  private static final Duration DEADLINE_MAX = Duration.ofSeconds(60);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final List<ShardRoute> routes;
  private final @Nullable String localPeer;
  private final Supplier<Map<String, MetadataPeer>> peers;
  private final ScheduledExecutorService timers;
  private final LongSupplier nanoTime;
  private final RetryBudget retries = new RetryBudget();

  /**
   * A store.
   *
   * @param shards how many there are
   * @param localPeer the id of this node's own peer, which is asked first; null when it has none
   * @param peers all peers that are known now, by id; asked for each attempt, must be cheap
   * @param timers for deadlines and pauses; tasks are short and never block
   * @param nanoTime a monotonic clock
   */
  public RoutedMetadataStore(
      int shards,
      @Nullable String localPeer,
      Supplier<Map<String, MetadataPeer>> peers,
      ScheduledExecutorService timers,
      LongSupplier nanoTime) {
    this.routes = Stream.generate(ShardRoute::new).limit(shards).toList();
    this.localPeer = localPeer;
    this.peers = peers;
    this.timers = timers;
    this.nanoTime = nanoTime;
  }

  @Override
  public int shardCount() {
    return routes.size();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    ShardRoute route = routes.get(shard);
    return Uni.createFrom()
        .deferred(
            () -> {
              long endNanos = end(deadline);
              Uni<Outcome> submitted =
                  route.clock().isKnown()
                      ? submitKnowingTime(shard, command, endNanos)
                      : submitAskingTime(shard, command, endNanos);
              return submitted
                  .onFailure(RoutedMetadataStore::isByAnotherTime)
                  .recoverWithUni(() -> submitAskingTime(shard, command, endNanos));
            });
  }

  /**
   * The clock of a new leader is far behind that of the last, by which the id was made. No log has
   * the command, nor will: it may have another id.
   */
  private static boolean isByAnotherTime(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.DEADLINE_TOO_FAR;
  }

  private Uni<Outcome> submitAskingTime(int shard, Command command, long endNanos) {
    return ask(shard, STATUS, endNanos)
        .onItem()
        .transformToUni(status -> submitKnowingTime(shard, command, endNanos));
  }

  private Uni<Outcome> submitKnowingTime(int shard, Command command, long endNanos) {
    long now = nanoTime.getAsLong();
    ShardClock clock = routes.get(shard).clock();
    if (!clock.isKnown()) {
      return Uni.createFrom()
          .failure(
              new StorageFailure.Unavailable(
                  "metadata shard " + shard + " does not tell its time", RETRY_AFTER, null));
    }
    long leftMs = TimeUnit.NANOSECONDS.toMillis(endNanos - now);
    Command identified =
        command.toBuilder().setCommandId(CommandId.until(clock.timeMs(now) + leftMs)).build();
    return Uni.createFrom()
        .emitter(
            caller ->
                new RoutedCall<Outcome>(
                        this,
                        shard,
                        true,
                        (peer, limit) -> peer.submit(shard, identified, limit),
                        Outcome::getShardTimeMs,
                        endNanos,
                        caller)
                    .start());
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return Uni.createFrom().deferred(() -> ask(shard, query, end(deadline)));
  }

  private Uni<Answer> ask(int shard, Query query, long endNanos) {
    return Uni.createFrom()
        .emitter(
            caller ->
                new RoutedCall<Answer>(
                        this,
                        shard,
                        false,
                        (peer, limit) -> peer.query(shard, query, limit),
                        Answer::getShardTimeMs,
                        endNanos,
                        caller)
                    .start());
  }

  private long end(Duration deadline) {
    Duration shorter = deadline.compareTo(DEADLINE_MAX) > 0 ? DEADLINE_MAX : deadline;
    return nanoTime.getAsLong() + shorter.toNanos();
  }

  ShardRoute route(int shard) {
    return routes.get(shard);
  }

  Map<String, MetadataPeer> peers() {
    return peers.get();
  }

  @Nullable String localPeer() {
    return localPeer;
  }

  ScheduledExecutorService timers() {
    return timers;
  }

  RetryBudget retries() {
    return retries;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }
}
