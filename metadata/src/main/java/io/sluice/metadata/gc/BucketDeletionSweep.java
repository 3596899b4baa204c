package io.sluice.metadata.gc;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListDeletingBuckets;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import io.sluice.storage.proto.UnmarkBucketDeleting;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Ends deletions of buckets whose gateway died half-way: the bucket is marked in shard 0, sealed in
 * its own shard if it is empty, and removed from shard 0 (INVARIANTS 3). One that turns out not to
 * be empty is unmarked.
 *
 * <p>A bucket is taken up when two runs in a row have seen it, so as not to race with its gateway.
 * If it does, each step is harmless when done twice.
 */
final class BucketDeletionSweep {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;
  private final GcProgress progress;
  // Only touched by one run at a time.
  private Set<Long> seen = Set.of();

  BucketDeletionSweep(MetadataStore metadata, GcProgress progress) {
    this.metadata = metadata;
    this.progress = progress;
  }

  Uni<Void> run() {
    Query query =
        Query.newBuilder().setListDeletingBuckets(ListDeletingBuckets.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .flatMap(answer -> resume(answer.getBuckets().getBucketsList()));
  }

  private Uni<Void> resume(List<Bucket> deleting) {
    Set<Long> before = seen;
    seen = new HashSet<>();
    deleting.forEach(bucket -> seen.add(bucket.getId()));
    return Multi.createFrom()
        .items(deleting.stream().filter(bucket -> before.contains(bucket.getId())))
        .onItem()
        .transformToUniAndConcatenate(this::resume)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> resume(Bucket bucket) {
    Command seal =
        Command.newBuilder()
            .setSealBucket(SealBucket.newBuilder().setBucketId(bucket.getId()))
            .build();
    return metadata
        .submit(bucket.getShard(), seal, LIMIT)
        .chain(() -> remove(bucket))
        .onFailure(failure -> refusedWith(failure, RefusalCode.BUCKET_NOT_EMPTY))
        .recoverWithUni(() -> root(unmarking(bucket)))
        .onFailure(failure -> refusedWith(failure, RefusalCode.NO_SUCH_BUCKET))
        .recoverWithNull()
        .invoke(() -> progress.bucketsResolved.incrementAndGet());
  }

  /**
   * Of a bucket that is sealed, and so can only be removed. Its gateway may have found it not empty
   * before we sealed it, and have taken the mark away since: then it is marked again. Otherwise a
   * bucket would be left that takes no objects and that nobody is removing.
   */
  private Uni<Void> remove(Bucket bucket) {
    return root(removal(bucket))
        .onFailure(failure -> refusedWith(failure, RefusalCode.CONFLICT))
        .recoverWithUni(() -> root(marking(bucket)).chain(() -> root(removal(bucket))));
  }

  private Uni<Void> root(Command command) {
    return metadata.submit(MetadataStore.ROOT_SHARD, command, LIMIT).replaceWithVoid();
  }

  private static Command marking(Bucket bucket) {
    return Command.newBuilder()
        .setMarkBucketDeleting(
            MarkBucketDeleting.newBuilder().setBucketId(bucket.getId()).setName(bucket.getName()))
        .build();
  }

  private static Command removal(Bucket bucket) {
    return Command.newBuilder()
        .setRemoveBucket(
            RemoveBucket.newBuilder().setBucketId(bucket.getId()).setName(bucket.getName()))
        .build();
  }

  private static Command unmarking(Bucket bucket) {
    return Command.newBuilder()
        .setUnmarkBucketDeleting(
            UnmarkBucketDeleting.newBuilder().setBucketId(bucket.getId()).setName(bucket.getName()))
        .build();
  }

  private static boolean refusedWith(Throwable failure, RefusalCode code) {
    return failure instanceof StorageFailure.Refused refused && refused.code() == code;
  }
}
