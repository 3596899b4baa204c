package io.sluice.recovery.job;

import io.sluice.recovery.backup.ObjectChunks;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.restore.ListingComparison;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which objects of a backup are to be made: those that are missing, and those that differ and may
 * be replaced. What was written after the restore began is newer than it, and stays. Any thread.
 */
final class RestoreChoice {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int LOOKS_MAX = 32;

  private final BackupGround on;
  private final RestoreOrder order;
  private final RestoreRoot root;
  private final RestoreFigures figures;
  private final Map<Integer, LogPosition> begun = new ConcurrentHashMap<>();

  RestoreChoice(BackupGround on, RestoreOrder order, RestoreRoot root, RestoreFigures figures) {
    this.on = on;
    this.order = order;
    this.root = root;
    this.figures = figures;
  }

  /** Up to where each shard is now: what is written later is newer than this restore. */
  Uni<Void> begin() {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return Multi.createFrom()
        .range(0, on.metadata().shardCount())
        .onItem()
        .transformToUniAndConcatenate(
            shard ->
                on.metadata()
                    .query(shard, query, LIMIT)
                    .invoke(answer -> begun.put(shard, answer.getStatus().getApplied())))
        .onItem()
        .ignoreAsUni();
  }

  private boolean isNewer(ObjectVersion now, Bucket target) {
    LogPosition began = Objects.requireNonNull(begun.get(target.getShard()));
    return Positions.isAfter(now.getVersion(), began);
  }

  /** Those of a batch whose buckets were looked for. */
  Uni<List<ObjectImport.Wanted>> of(RestoreBatch batch) {
    return Multi.createFrom()
        .iterable(batch.items())
        .onItem()
        .transformToUni(this::look)
        .merge(LOOKS_MAX)
        .filter(Optional::isPresent)
        .map(Optional::get)
        .collect()
        .asList();
  }

  private Uni<Optional<ObjectImport.Wanted>> look(RestoreBatch.Item item) {
    figures.objectsSeen.increment();
    ObjectVersion then = item.rows().row().getObject().getObject();
    ObjectVersion wanted = then.toBuilder().setOwner(root.owner(then.getOwner())).build();
    String problem = ObjectChunks.problem(item.rows());
    if (!problem.isEmpty()) {
      return damaged(item, problem).replaceWith(Optional.empty());
    }
    Optional<Bucket> target = root.target(item.bucket());
    Uni<Optional<ObjectVersion>> current =
        target.isEmpty() ? Uni.createFrom().item(Optional.empty()) : current(target.get(), item);
    return current.map(now -> judge(item, target.orElse(item.bucket()), wanted, now));
  }

  private Uni<Optional<ObjectVersion>> current(Bucket target, RestoreBatch.Item item) {
    GetObject get =
        GetObject.newBuilder().setBucketId(target.getId()).setKey(item.rows().key().key()).build();
    return on.metadata()
        .query(target.getShard(), Query.newBuilder().setGetObject(get).build(), LIMIT)
        .map(answer -> Optional.of(answer.getObject().getObject()))
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_KEY))
        .recoverWithItem(Optional.empty());
  }

  private Optional<ObjectImport.Wanted> judge(
      RestoreBatch.Item item, Bucket target, ObjectVersion wanted, Optional<ObjectVersion> now) {
    if (now.isPresent() && ListingComparison.isSame(wanted, now.get())) {
      figures.unchanged.increment();
      return Optional.empty();
    }
    if (now.isPresent() && (!order.overwrite() || isNewer(now.get(), target))) {
      figures.left.increment();
      return Optional.empty();
    }
    if (order.dryRun()) {
      figures.restored.increment();
      figures.bytes.add(wanted.getSize());
    }
    return Optional.of(new ObjectImport.Wanted(item, target, wanted, now.orElse(null)));
  }

  /** It can't be made: that ends the restore, unless the rest is wanted all the same. */
  Uni<Void> damaged(RestoreBatch.Item item, String problem) {
    if (!order.skipDamaged()) {
      return Uni.createFrom()
          .failure(
              new DamagedFileException(
                  item.name(), problem + ". The rest can be restored with --skip-damaged"));
    }
    figures.addDamaged(item.name());
    return Uni.createFrom().voidItem();
  }
}
