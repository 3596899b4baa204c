package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.DeleteObjects;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what the cluster that is followed does not have. Nobody else writes here meanwhile. Any
 * thread; one call at a time.
 */
final class ExtraObjects {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PAGE = 1_000;

  private final MetadataStore metadata;
  private final LongAdder deleted = new LongAdder();

  ExtraObjects(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** How many objects were deleted. */
  long deleted() {
    return deleted.sum();
  }

  /**
   * Deletes the objects in a range of keys that are not to be there.
   *
   * @param after the range begins behind it; empty: with the first
   * @param through the last key of the range; null: to the end
   * @param wanted the keys of the range that stay
   */
  Uni<Void> deleteOthers(
      Bucket bucket, ByteString after, @Nullable ByteString through, Set<ByteString> wanted) {
    ListObjects.Builder list =
        ListObjects.newBuilder().setBucketId(bucket.getId()).setMax(PAGE).setStartAfter(after);
    return Multi.createBy()
        .repeating()
        .uni(() -> page(bucket, list))
        .whilst(page -> page.getTruncated() && isIn(page.getNext(), through))
        .onItem()
        .transformToUniAndConcatenate(
            page ->
                delete(
                    bucket,
                    page.getObjectsList().stream()
                        .map(ListedObject::getKey)
                        .filter(key -> isIn(key, through) && !wanted.contains(key))
                        .toList()))
        .onItem()
        .ignoreAsUni();
  }

  private Uni<ObjectPage> page(Bucket bucket, ListObjects.Builder list) {
    return metadata
        .query(bucket.getShard(), Query.newBuilder().setListObjects(list).build(), LIMIT)
        .map(answer -> answer.getObjects())
        .invoke(page -> list.setStartAfter(page.getNext()));
  }

  private static boolean isIn(ByteString key, @Nullable ByteString through) {
    return through == null
        || ByteString.unsignedLexicographicalComparator().compare(key, through) <= 0;
  }

  /** Deletes objects; those that are not there are passed over. */
  Uni<Void> delete(Bucket bucket, List<ByteString> keys) {
    if (keys.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    DeleteObjects.Builder delete = DeleteObjects.newBuilder().setBucketId(bucket.getId());
    keys.forEach(key -> delete.addObjects(DeleteObject.newBuilder().setKey(key)));
    return submit(bucket.getShard(), Command.newBuilder().setDeleteObjects(delete))
        .invoke(() -> deleted.add(keys.size()));
  }

  /** Deletes a bucket and all that is in it. */
  Uni<Void> removeBucket(Bucket bucket) {
    MarkBucketDeleting mark =
        MarkBucketDeleting.newBuilder()
            .setBucketId(bucket.getId())
            .setName(bucket.getName())
            .build();
    SealBucket seal = SealBucket.newBuilder().setBucketId(bucket.getId()).build();
    RemoveBucket remove =
        RemoveBucket.newBuilder().setBucketId(bucket.getId()).setName(bucket.getName()).build();
    return deleteOthers(bucket, ByteString.EMPTY, null, Set.of())
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_BUCKET)) // it was sealed
        .recoverWithNull()
        .chain(
            () ->
                submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setMarkBucketDeleting(mark)))
        .chain(() -> submit(bucket.getShard(), Command.newBuilder().setSealBucket(seal)))
        .chain(() -> submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setRemoveBucket(remove)))
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_BUCKET))
        .recoverWithNull();
  }

  private Uni<Void> submit(int shard, Command.Builder command) {
    return metadata.submit(shard, command.build(), LIMIT).replaceWithVoid();
  }
}
