package io.sluice.recovery.restore;

import com.google.protobuf.ByteString;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompareObjects;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreObject;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the objects of a bucket what they were, page by page. Inside a shard no data moves: what
 * was replaced or deleted is still there, and is named again.
 *
 * <p>A page can be asked for again, after a crash too: what is restored already is no difference
 * any more. An object that somebody writes after the restore began is left as it was written; one
 * that is deleted meanwhile comes back.
 *
 * <p>Methods return at once and may be called on any thread; they fail with {@link StorageFailure}.
 */
public final class Restorer {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Commands under way: enough to fill the log's batches, too few to be in anybody's way. */
  private static final int UNDER_WAY_MAX = 32;

  private final MetadataStore metadata;

  public Restorer(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * What would be restored.
   *
   * @param prefix of keys; empty: all
   * @param max differences of a page, 1 to 1,000; a page may hold fewer, or none, and not be the
   *     last
   */
  public Uni<DifferencePage> compare(
      BucketMoment then, Bucket target, ByteString prefix, @Nullable ByteString after, int max) {
    requireSameShard(then, target);
    return compare(then, target.getId(), null, prefix, after, max);
  }

  /** What is different at another moment, of the same bucket or another of its name. */
  public Uni<DifferencePage> compare(
      BucketMoment one,
      BucketMoment other,
      ByteString prefix,
      @Nullable ByteString after,
      int max) {
    requireSameShard(one, other.bucket());
    return compare(one, other.bucket().getId(), other.at(), prefix, after, max);
  }

  /**
   * Up to where the shard of a bucket is now: what is written there later is newer than a restore
   * that begins now.
   */
  public Uni<LogPosition> begin(Bucket bucket) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata
        .query(bucket.getShard(), query, LIMIT)
        .map(answer -> answer.getStatus().getApplied());
  }

  private Uni<DifferencePage> compare(
      BucketMoment one,
      long bucketId,
      @Nullable LogPosition to,
      ByteString prefix,
      @Nullable ByteString after,
      int max) {
    CompareObjects.Builder compare =
        CompareObjects.newBuilder()
            .setBucketId(one.bucket().getId())
            .setToBucketId(bucketId)
            .setFrom(one.at())
            .setPrefix(prefix)
            .setMax(max);
    if (to != null) {
      compare.setTo(to);
    }
    if (after != null) {
      compare.setStartAfter(after);
    }
    return metadata
        .query(
            one.bucket().getShard(), Query.newBuilder().setCompareObjects(compare).build(), LIMIT)
        .map(answer -> answer.getDifferences());
  }

  /**
   * Restores a page.
   *
   * @param target the same bucket: objects that were not there then are deleted; or another of the
   *     same shard: they are left alone
   * @param terms what may be done to objects that are there
   */
  public Uni<RestorePage> restore(
      BucketMoment then,
      Bucket target,
      ByteString prefix,
      @Nullable ByteString after,
      int max,
      RestoreTerms terms) {
    return compare(then, target, prefix, after, max)
        .flatMap(page -> restore(then, target, page, terms));
  }

  /** As {@link #restore}, of one object. */
  public Uni<RestorePage> restoreKey(
      BucketMoment then, Bucket target, ByteString key, RestoreTerms terms) {
    // A key comes before all that begin with it.
    return compare(then, target, key, null, 1)
        .map(
            page -> {
              DifferencePage.Builder alone = DifferencePage.newBuilder();
              page.getDifferencesList().stream()
                  .filter(difference -> difference.getKey().equals(key))
                  .forEach(alone::addDifferences);
              return alone.build();
            })
        .flatMap(page -> restore(then, target, page, terms));
  }

  private static void requireSameShard(BucketMoment then, Bucket target) {
    if (target.getShard() != then.bucket().getShard()) {
      throw StorageFailure.Refused.of(
          RefusalCode.INVALID_ARGUMENT,
          "Bucket %s lies in another shard of the metadata than %s did then: between shards nothing"
                  .formatted(target.getName(), then.bucket().getName())
              + " is compared or restored so far. Name a bucket that does not exist yet.");
    }
  }

  private Uni<RestorePage> restore(
      BucketMoment then, Bucket target, DifferencePage page, RestoreTerms terms) {
    boolean inPlace = target.getId() == then.bucket().getId();
    List<ObjectDifference> wanted = new ArrayList<>();
    List<ObjectDifference> left = new ArrayList<>();
    List<ByteString> changed = new ArrayList<>();
    for (ObjectDifference difference : page.getDifferencesList()) {
      boolean isThere = difference.hasAfter();
      if (!inPlace && !difference.hasBefore()) {
        continue;
      }
      if (isThere && isNewer(difference.getAfter().getVersion(), terms.begun())) {
        changed.add(difference.getKey());
      } else {
        (terms.overwrite() || !isThere ? wanted : left).add(difference);
      }
    }
    return Multi.createFrom()
        .iterable(wanted)
        .onItem()
        .transformToUni(difference -> restore(then, target, difference))
        .merge(UNDER_WAY_MAX)
        .collect()
        .asList()
        .map(
            done -> {
              long restored = 0;
              long bytes = 0;
              long deleted = 0;
              for (Restored each : done) {
                if (!each.isDone()) {
                  changed.add(each.difference().getKey());
                } else if (each.difference().hasBefore()) {
                  restored++;
                  bytes += each.difference().getBefore().getSize();
                } else {
                  deleted++;
                }
              }
              return new RestorePage(
                  restored,
                  bytes,
                  deleted,
                  left,
                  changed,
                  page.getTruncated() ? page.getNext() : null);
            });
  }

  private static boolean isNewer(LogPosition version, LogPosition begun) {
    return version.getEpoch() != begun.getEpoch()
        ? version.getEpoch() > begun.getEpoch()
        : version.getIndex() > begun.getIndex();
  }

  private record Restored(ObjectDifference difference, boolean isDone) {}

  private Uni<Restored> restore(BucketMoment then, Bucket target, ObjectDifference difference) {
    RestoreObject restore =
        RestoreObject.newBuilder()
            .setBucketId(target.getId())
            .setKey(difference.getKey())
            .setExpected(difference.getAfter().getVersion())
            .setSourceBucketId(then.bucket().getId())
            .setSourceKey(difference.getKey())
            .setAt(then.at())
            .build();
    Command command =
        Command.newBuilder().setFormat(FormatRange.HISTORY).setRestoreObject(restore).build();
    return metadata
        .submit(target.getShard(), command, LIMIT)
        .replaceWith(new Restored(difference, true))
        .onFailure(Restorer::isConflict)
        .recoverWithItem(new Restored(difference, false));
  }

  private static boolean isConflict(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.CONFLICT;
  }
}
