package io.sluice.cluster.format;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.RaiseFormat;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises the active format of the shards that this node leads: shard 0's when all registered nodes
 * know a newer one, also those that are down; the others' when shard 0's was. What it goes by may
 * be old: shard 0 looks again when the command is applied.
 */
public final class FormatKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FormatKeeper.class);

  private final Supplier<ClusterView> view;
  private final IntPredicate leads;
  private final IntUnaryOperator formats;
  private final MetadataStore metadata;
  private final Duration callLimit;
  private final Runnable lookAgain;
  private final ScheduledThreadPoolExecutor scheduler;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * Nothing happens before {@link #start}.
   *
   * @param view the newest that is known
   * @param leads whether this node leads a shard and is ready
   * @param formats the active format of a shard, as this node's peer has it
   * @param lookAgain called after shard 0's was raised, for the view to catch up soon
   */
  public FormatKeeper(
      Supplier<ClusterView> view,
      IntPredicate leads,
      IntUnaryOperator formats,
      MetadataStore metadata,
      Duration callLimit,
      Runnable lookAgain) {
    this.view = view;
    this.leads = leads;
    this.formats = formats;
    this.metadata = metadata;
    this.callLimit = callLimit;
    this.lookAgain = lookAgain;
    this.scheduler =
        new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-format", true));
    this.scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Looks every tick from now on. */
  public void start(Duration tick) {
    var unused =
        scheduler.scheduleWithFixedDelay(
            this::tick, tick.toMillis(), tick.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tick() {
    if (busy.compareAndSet(false, true)) {
      look()
          .onTermination()
          .invoke(() -> busy.set(false))
          .subscribe()
          .with(unused -> {}, failure -> LOG.warn("The format: {}", failure.toString()));
    }
  }

  /** One look. Any thread; one at a time. */
  public Uni<Void> look() {
    ClusterView now = view.get();
    return Multi.createFrom()
        .range(MetadataStore.ROOT_SHARD, metadata.shardCount())
        .filter(leads::test)
        .onItem()
        .transformToUniAndConcatenate(shard -> raise(shard, due(now, shard)))
        .toUni()
        .replaceWithVoid();
  }

  private static int due(ClusterView now, int shard) {
    if (shard != MetadataStore.ROOT_SHARD) {
      return now.format();
    }
    int known =
        now.all().stream()
            .mapToInt(node -> FormatRange.named(node.getFormat()))
            .min()
            .orElse(FormatRange.FIRST);
    return now.all().stream().mapToInt(NodeRecord::getOldestFormat).anyMatch(old -> old > known)
        ? now.format()
        : known;
  }

  private Uni<Void> raise(int shard, int wanted) {
    int active = formats.applyAsInt(shard);
    if (wanted <= active) {
      return Uni.createFrom().voidItem();
    }
    return raise(metadata, shard, wanted, callLimit)
        .invoke(
            () -> {
              LOG.info("Shard {}: format {} instead of {}", shard, wanted, active);
              if (shard == MetadataStore.ROOT_SHARD) {
                lookAgain.run();
              }
            });
  }

  /**
   * Raises the format of one shard; one that is as new already is left alone.
   *
   * @return fails with {@link io.sluice.storage.StorageFailure.Refused} while a registered node
   *     does not know it
   */
  public static Uni<Void> raise(MetadataStore metadata, int shard, int wanted, Duration limit) {
    Command command =
        Command.newBuilder().setRaiseFormat(RaiseFormat.newBuilder().setFormat(wanted)).build();
    return metadata.submit(shard, command, limit).replaceWithVoid();
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}
