package io.sluice.recovery.snapshot;

import io.sluice.storage.BackupPins;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotPins;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.EndCut;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.Unpin;
import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pins several shards at one moment (INVARIANTS 10).
 *
 * <p>Each shard is pinned, and holds back other commands; when all are, each is asked whether
 * anything was applied behind its pin. If nothing was in any, there was a moment at which all were
 * as they are pinned. If something was, because a hold ended early or a leader changed, the pins
 * are given up and all is done again. Clients see a pause of a few milliseconds, at most half a
 * second, and no error.
 */
public final class Cut {
  private static final Logger log = LoggerFactory.getLogger(Cut.class);

  static final int ATTEMPTS_MAX = 6;
  private static final int HOLD_MS = 500;

  /** Longer than a hold, so that a slow shard is found out and not waited for. */
  private static final Duration PIN_LIMIT = Duration.ofSeconds(2);

  private static final Duration END_LIMIT = Duration.ofSeconds(5);
  private static final Duration BACKOFF_MIN = Duration.ofMillis(100);
  private static final Duration BACKOFF_MAX = Duration.ofSeconds(2);
  private static final double JITTER = 0.5;

  private final MetadataStore metadata;
  private final IntFunction<String> pins;
  private final List<Integer> shards;
  private int attempt;

  /** One cut for a snapshot, for one subscriber. */
  Cut(MetadataStore metadata, String snapshot, List<Integer> shards) {
    this(metadata, attempt -> SnapshotPins.id(snapshot, attempt), shards);
  }

  private Cut(MetadataStore metadata, IntFunction<String> pins, List<Integer> shards) {
    this.metadata = metadata;
    this.pins = pins;
    this.shards = List.copyOf(shards);
  }

  /**
   * A cut over all shards for a run of a backup, for one subscriber. Its pins stay for as long as
   * the run has a job without a cut, and then for as long as a job has this cut: record it, or they
   * go by and by.
   *
   * @param run the id of the run, at most 40 characters; its job must have been begun
   */
  public static Cut ofBackup(MetadataStore metadata, String run) {
    return new Cut(
        metadata,
        attempt -> BackupPins.id(run, attempt),
        IntStream.range(0, metadata.shardCount()).boxed().toList());
  }

  /**
   * The positions, in the order of the shards.
   *
   * @return fails with a {@link StorageFailure} when a shard does not answer, or writes slipped in
   *     time and again
   */
  public Uni<List<ShardPosition>> make() {
    return Uni.createFrom()
        .deferred(this::attempt)
        .onFailure(Cut::mayPass)
        .retry()
        .withBackOff(BACKOFF_MIN, BACKOFF_MAX)
        .withJitter(JITTER)
        .atMost(ATTEMPTS_MAX - 1)
        // Mutiny says that it gave up; why is what the last attempt said.
        .onFailure(failure -> failure.getCause() instanceof StorageFailure)
        .transform(Throwable::getCause);
  }

  /** Takes the pins of the cut that was made away; nobody reads at it any more. */
  public Uni<Void> release() {
    String pin = pins.apply(attempt);
    return inAllShards(shard -> unpin(shard, pin)).replaceWithVoid();
  }

  private static boolean mayPass(Throwable failure) {
    return failure instanceof StorageFailure.Unavailable
        || failure instanceof StorageFailure.OutcomeUnknown
        || (failure instanceof StorageFailure.Refused refused
            && refused.code() == RefusalCode.CONFLICT);
  }

  private Uni<List<ShardPosition>> attempt() {
    String pin = pins.apply(++attempt);
    return inAllShards(shard -> pin(shard, pin))
        .call(() -> inAllShards(shard -> end(shard, pin)))
        .onFailure()
        .call(
            failure -> {
              log.debug("Attempt {} to pin all shards failed: {}", attempt, failure.toString());
              return inAllShards(shard -> unpin(shard, pin)).onFailure().recoverWithNull();
            });
  }

  private Uni<ShardPosition> pin(int shard, String id) {
    Pin pin = Pin.newBuilder().setId(id).setHoldMs(shards.size() == 1 ? 0 : HOLD_MS).build();
    return metadata
        .submit(shard, command().setPin(pin).build(), PIN_LIMIT)
        .map(
            outcome ->
                ShardPosition.newBuilder()
                    .setShard(shard)
                    .setPosition(outcome.getPin().getAt())
                    .build());
  }

  private Uni<ShardPosition> end(int shard, String id) {
    Uni<ShardPosition> done = Uni.createFrom().item(ShardPosition.getDefaultInstance());
    return shards.size() == 1
        ? done
        : metadata
            .submit(shard, command().setEndCut(EndCut.newBuilder().setId(id)).build(), END_LIMIT)
            .chain(() -> done);
  }

  private Uni<ShardPosition> unpin(int shard, String id) {
    return metadata
        .submit(shard, command().setUnpin(Unpin.newBuilder().setId(id)).build(), END_LIMIT)
        .replaceWith(ShardPosition.getDefaultInstance());
  }

  private static Command.Builder command() {
    return Command.newBuilder().setFormat(FormatRange.HISTORY);
  }

  /** All are waited for: a shard that failed must not leave another held. */
  private Uni<List<ShardPosition>> inAllShards(IntFunction<Uni<ShardPosition>> step) {
    return Uni.join()
        .all(shards.stream().map(step::apply).toList())
        .andCollectFailures()
        .onFailure(CompositeException.class)
        .transform(all -> all.getCauses().get(0));
  }
}
