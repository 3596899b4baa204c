package io.sluice.recovery.snapshot;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotReads;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.BeginSnapshot;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteSnapshot;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RemoveSnapshot;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes snapshots, lists and removes them.
 *
 * <p>A snapshot is a row of shard 0 and a pin in each of its shards; it takes no space of its own,
 * and keeps what is replaced or deleted after it. What remains when the making of one, or its
 * removal, ends half-way is cleared by garbage collection.
 *
 * <p>Methods return at once and may be called on any thread; results arrive on any. They fail with
 * {@link StorageFailure}.
 */
public final class SnapshotCatalog {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MetadataStore metadata;

  public SnapshotCatalog(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Makes a snapshot of the moment at which it is made: everything acknowledged before the call is
   * in it, and of what is written meanwhile a write is only if all acknowledged before it are.
   *
   * @param name 1 to 64 characters
   * @param bucket empty: all buckets
   * @param expiresMs when it is removed by itself, milliseconds since 1970; 0: never
   * @return refused with SNAPSHOT_EXISTS, NO_SUCH_BUCKET, TOO_MANY or FORMAT_NOT_ACTIVE
   */
  public Uni<SnapshotRow> create(String name, String bucket, long expiresMs) {
    return Uni.createFrom()
        .deferred(
            () -> {
              BeginSnapshot begin =
                  BeginSnapshot.newBuilder()
                      .setId(UUID.randomUUID().toString())
                      .setName(name)
                      .setBucket(bucket)
                      .setExpiresMs(expiresMs)
                      .build();
              return root(Command.newBuilder().setBeginSnapshot(begin));
            })
        .flatMap(this::complete);
  }

  private Uni<SnapshotRow> complete(SnapshotRow begun) {
    return shards(begun)
        .flatMap(shards -> new Cut(metadata, begun.getId(), shards).make())
        .flatMap(
            (List<ShardPosition> positions) ->
                root(
                    Command.newBuilder()
                        .setCompleteSnapshot(
                            CompleteSnapshot.newBuilder()
                                .setId(begun.getId())
                                .addAllPositions(positions))))
        .onFailure()
        .call(() -> remove(begun).onFailure().recoverWithNull());
  }

  /** Those of a bucket, and where it is written what its name stands for; or all. */
  private Uni<List<Integer>> shards(SnapshotRow snapshot) {
    if (snapshot.getBucket().isEmpty()) {
      return Uni.createFrom().item(IntStream.range(0, metadata.shardCount()).boxed().toList());
    }
    Query query =
        Query.newBuilder()
            .setGetBucket(GetBucket.newBuilder().setName(snapshot.getBucket()))
            .build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(
            answer ->
                Stream.of(MetadataStore.ROOT_SHARD, answer.getBucket().getShard())
                    .distinct()
                    .toList());
  }

  /** All snapshots by name; one without positions is being made. */
  public Uni<List<SnapshotRow>> list() {
    return new SnapshotReads(metadata, LIMIT).list();
  }

  /**
   * The snapshot of that name.
   *
   * @return refused with NO_SUCH_SNAPSHOT when there is none, or it is not made yet
   */
  public Uni<SnapshotRow> find(String name) {
    return new SnapshotReads(metadata, LIMIT).find(name);
  }

  /** Removes a snapshot; what only it kept is collected by and by. */
  public Uni<Void> remove(SnapshotRow snapshot) {
    RemoveSnapshot remove = RemoveSnapshot.newBuilder().setId(snapshot.getId()).build();
    return root(Command.newBuilder().setRemoveSnapshot(remove)).replaceWithVoid();
  }

  private Uni<SnapshotRow> root(Command.Builder command) {
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command.setFormat(FormatRange.HISTORY).build(), LIMIT)
        .map(outcome -> outcome.getSnapshot());
  }
}
