package io.sluice.recovery.standby;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.Positions;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.storage.proto.ThingName;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster acknowledged and whoever took over from it may not have: what changed after the
 * last set that the other had applied, and up to the snapshot of the moment at which this one was
 * fenced. Told from the change index, so it costs what changed.
 *
 * <p>Any thread; results arrive on another.
 */
public final class Divergence {
  /** Things that are named, at most. */
  public static final int THINGS_MAX = 1_000;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;
  private final TargetRecords targets;
  private final TargetSets sets;
  private final SnapshotCatalog snapshots;

  /**
   * Something that changed.
   *
   * @param bucket of an object; of a bucket that is gone, its number
   * @param name the object's key, or the thing's name
   */
  public record Thing(RowKind kind, String bucket, String name) {}

  /**
   * What changed.
   *
   * @param more whether there is more than is named
   */
  public record Listing(List<Thing> things, boolean more) {}

  public Divergence(BackupGround on) {
    this.metadata = on.metadata();
    this.targets = new TargetRecords(on.metadata());
    this.sets = new TargetSets(on);
    this.snapshots = new SnapshotCatalog(on.metadata());
  }

  /**
   * Lists it.
   *
   * @param fence that has a snapshot
   * @return fails with an {@link IOException} for people when the other's set is not known, or what
   *     changed since is not all kept any more
   */
  public Uni<Listing> list(Fence fence) {
    if (hasLast(fence)) {
      return Uni.createFrom().item(new Listing(List.of(), false));
    }
    return snapshots
        .find(fence.getSnapshot())
        .flatMap(until -> since(fence).flatMap(since -> changed(since, until)).flatMap(this::named))
        .onFailure(Divergence::isLost)
        .transform(
            lost ->
                new IOException(
                    "what was written after backup %s can't be listed any more, for not all of the change index since then is kept; snapshot %s has all there was"
                        .formatted(fence.getAppliedSet(), fence.getSnapshot()),
                    lost));
  }

  private static boolean isLost(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.OUTSIDE_HISTORY;
  }

  /** The positions of the set that the other had applied: it may be pruned by now. */
  private Uni<List<ShardPosition>> since(Fence fence) {
    return fence.getAppliedPositionsCount() > 0
        ? Uni.createFrom().item(fence.getAppliedPositionsList())
        : applied(fence.getAppliedSet()).map(BackupSet::after);
  }

  /**
   * Whether the other one had applied the last set of one that was demoted: nothing is missing. Of
   * any other set its positions tell: a greater id may be that of a set of an earlier moment.
   */
  private static boolean hasLast(Fence fence) {
    return !fence.getLastSet().isEmpty() && fence.getLastSet().equals(fence.getAppliedSet());
  }

  /** The set, at whichever target has it. */
  private Uni<BackupSet> applied(String set) {
    return targets
        .list()
        .onItem()
        .transformToMulti(all -> Multi.createFrom().iterable(all))
        .onItem()
        .transformToUniAndConcatenate(target -> find(target, set))
        .collect()
        .first()
        .onItem()
        .ifNull()
        .failWith(
            () ->
                new NoSuchFileException(
                    set,
                    null,
                    "is what the other cluster had applied, and is in no target of this one: what"
                        + " was written since then can't be told apart"));
  }

  private Uni<BackupSet> find(TargetRecord target, String set) {
    return sets.find(target, set).onFailure(IOException.class).recoverWithNull();
  }

  private record Changes(Set<ThingName> things, boolean more) {}

  private Uni<Changes> changed(List<ShardPosition> since, SnapshotRow until) {
    Map<Integer, LogPosition> ends = Positions.byShard(until.getPositionsList());
    Set<ThingName> things = new LinkedHashSet<>();
    return Multi.createFrom()
        .iterable(since)
        .filter(shard -> isBefore(shard, ends.get(shard.getShard())))
        .onItem()
        .transformToUniAndConcatenate(
            shard ->
                gather(shard, ends.getOrDefault(shard.getShard(), shard.getPosition()), things))
        .collect()
        .asList()
        .map(more -> new Changes(things, more.contains(true)));
  }

  /** A position of another epoch is none of this log, and whoever is asked says so. */
  private static boolean isBefore(ShardPosition since, @Nullable LogPosition end) {
    LogPosition from = since.getPosition();
    return end != null && (from.getEpoch() != end.getEpoch() || Positions.isAfter(end, from));
  }

  /** Whether there is more than is taken. */
  private Uni<Boolean> gather(ShardPosition since, LogPosition until, Set<ThingName> things) {
    ListChanges.Builder asked = ListChanges.newBuilder().setAfter(since.getPosition()).setTo(until);
    return Multi.createBy()
        .repeating()
        .uni(() -> page(since.getShard(), asked, things))
        .whilst(page -> page.getTruncated() && things.size() < THINGS_MAX)
        .collect()
        .last()
        .map(ChangePage::getTruncated);
  }

  private Uni<ChangePage> page(int shard, ListChanges.Builder asked, Set<ThingName> things) {
    return metadata
        .query(shard, Query.newBuilder().setListChanges(asked).build(), LIMIT)
        .map(answer -> answer.getChanges())
        .invoke(
            page -> {
              asked.setStartAfter(page.getNext());
              things.addAll(page.getThingsList());
            });
  }

  private Uni<Listing> named(Changes changes) {
    List<ThingName> some = changes.things().stream().limit(THINGS_MAX).toList();
    boolean more = changes.more() || some.size() < changes.things().size();
    return buckets()
        .map(
            names -> {
              List<Thing> things = new ArrayList<>();
              for (ThingName thing : some) {
                things.add(thing(thing, names));
              }
              return new Listing(things, more);
            });
  }

  private static Thing thing(ThingName thing, Map<Long, String> buckets) {
    String bucket =
        thing.getKind() == RowKind.OBJECT_ROW
            ? buckets.getOrDefault(thing.getBucketId(), "bucket " + thing.getBucketId())
            : "";
    return new Thing(thing.getKind(), bucket, thing.getKey().toStringUtf8());
  }

  /** Names by number: as many as there are, and each a few dozen bytes. */
  private Uni<Map<Long, String>> buckets() {
    ListBuckets.Builder asked = ListBuckets.newBuilder();
    return Multi.createBy()
        .repeating()
        .uni(
            () ->
                metadata
                    .query(
                        MetadataStore.ROOT_SHARD,
                        Query.newBuilder().setListBuckets(asked).build(),
                        LIMIT)
                    .map(answer -> answer.getBuckets())
                    .invoke(
                        page -> {
                          if (page.getBucketsCount() > 0) {
                            asked.setStartAfter(
                                page.getBuckets(page.getBucketsCount() - 1).getName());
                          }
                        }))
        .whilst(page -> page.getTruncated())
        .onItem()
        .transformToIterable(page -> page.getBucketsList())
        .collect()
        .asMap(Bucket::getId, Bucket::getName);
  }
}
