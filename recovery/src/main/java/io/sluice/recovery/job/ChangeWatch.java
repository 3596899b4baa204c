package io.sluice.recovery.job;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ShardPosition;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Whether anything changed since a set that a next one would hold. Two short questions a shard, and
 * none to the target. Any thread.
 */
final class ChangeWatch {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final MetadataStore metadata;

  ChangeWatch(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Asks each shard, until one says yes.
   *
   * @return true also where that can't be told any more: whoever makes the set finds out; fails
   *     with a {@link StorageFailure} when a shard doesn't answer
   */
  Uni<Boolean> since(BackupPoint point) {
    if (point.getPositionsCount() < metadata.shardCount()) {
      return Uni.createFrom().item(true);
    }
    return Multi.createFrom()
        .iterable(point.getPositionsList())
        .onItem()
        .transformToUniAndConcatenate(this::changed)
        .filter(changed -> changed)
        .collect()
        .first()
        .map(Boolean.TRUE::equals);
  }

  private Uni<Boolean> changed(ShardPosition after) {
    Query status =
        Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata
        .query(after.getShard(), status, LIMIT)
        .flatMap(answer -> changed(after, answer.getStatus().getApplied()));
  }

  private Uni<Boolean> changed(ShardPosition after, LogPosition now) {
    ListChanges asked =
        ListChanges.newBuilder().setAfter(after.getPosition()).setTo(now).setMax(1).build();
    return metadata
        .query(after.getShard(), Query.newBuilder().setListChanges(asked).build(), LIMIT)
        .map(answer -> answer.getChanges().getThingsCount() > 0)
        .onFailure(StorageFailure.Refused.class)
        .recoverWithItem(true);
  }
}
