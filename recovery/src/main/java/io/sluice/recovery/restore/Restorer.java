package io.sluice.recovery.restore;

import com.google.protobuf.ByteString;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.Positions;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompareObjects;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RestoreObject;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the objects of a bucket what they were, page by page. Inside a shard no data moves: what
 * was replaced or deleted is still there, and is named again. Into a bucket of another shard it is
 * copied, and a page ends after {@value #COPIED_BYTES_MAX} bytes of that.
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

  /** Objects whose bytes are copied at once. */
  private static final int COPIES_MAX = 8;

  /** A second or two: whoever asks wants an answer, and may wish to stop. */
  static final long COPIED_BYTES_MAX = 256L << 20;

  private final MetadataStore metadata;
  private final ListingComparison listings;
  private final ObjectTransfer transfer;

  public Restorer(MetadataStore metadata, PartCopies copies) {
    this.metadata = metadata;
    this.listings = new ListingComparison(metadata);
    this.transfer = new ObjectTransfer(metadata, copies);
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
    return compare(then, target, null, prefix, after, max);
  }

  /** What is different at another moment, of the same bucket or another of its name. */
  public Uni<DifferencePage> compare(
      BucketMoment one,
      BucketMoment other,
      ByteString prefix,
      @Nullable ByteString after,
      int max) {
    return compare(one, other.bucket(), other.at(), prefix, after, max);
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
      Bucket bucket,
      @Nullable LogPosition to,
      ByteString prefix,
      @Nullable ByteString after,
      int max) {
    if (!isInShardOf(one, bucket)) {
      return listings.page(
          new ListingComparison.Side(one.bucket(), one.at()),
          new ListingComparison.Side(bucket, to),
          prefix,
          after,
          max);
    }
    CompareObjects.Builder compare =
        CompareObjects.newBuilder()
            .setBucketId(one.bucket().getId())
            .setToBucketId(bucket.getId())
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
   * @param target the same bucket: objects that were not there then are deleted; or another: they
   *     are left alone
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
        .flatMap(page -> restore(then, target, page, after, terms));
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
        .flatMap(page -> restore(then, target, page, null, terms));
  }

  private static boolean isInShardOf(BucketMoment then, Bucket bucket) {
    return bucket.getShard() == then.bucket().getShard();
  }

  /** What is to be done about a difference. */
  private enum Need {
    /** Another bucket's own object. */
    NONE,
    /** Written since the restore began. */
    IS_NEWER,
    /** There, and not to be replaced. */
    STAYS,
    RESTORE
  }

  private static Need need(
      BucketMoment then, Bucket target, RestoreTerms terms, ObjectDifference difference) {
    boolean inPlace = target.getId() == then.bucket().getId();
    if (!inPlace && !difference.hasBefore()) {
      return Need.NONE;
    }
    boolean isThere = difference.hasAfter();
    if (isThere && Positions.isAfter(difference.getAfter().getVersion(), terms.begun())) {
      return Need.IS_NEWER;
    }
    return terms.overwrite() || !isThere ? Need.RESTORE : Need.STAYS;
  }

  /**
   * As much of a page as is copied at once: at least one object, and with one that is longer than
   * that no other.
   */
  private static DifferencePage cut(
      BucketMoment then, Bucket target, DifferencePage page, RestoreTerms terms) {
    DifferencePage.Builder some = DifferencePage.newBuilder();
    long bytes = 0;
    for (ObjectDifference difference : page.getDifferencesList()) {
      boolean isCopied = need(then, target, terms, difference) == Need.RESTORE;
      long more = isCopied ? difference.getBefore().getSize() : 0;
      if (bytes > COPIED_BYTES_MAX || (bytes > 0 && bytes + more > COPIED_BYTES_MAX)) {
        return some.setTruncated(true)
            .setNext(some.getDifferences(some.getDifferencesCount() - 1).getKey())
            .build();
      }
      some.addDifferences(difference);
      bytes += more;
    }
    return page;
  }

  /**
   * Restores what is to be of some differences.
   *
   * @param after behind which the page begins
   */
  private Uni<RestorePage> restore(
      BucketMoment then,
      Bucket target,
      DifferencePage all,
      @Nullable ByteString after,
      RestoreTerms terms) {
    boolean isCopied = !isInShardOf(then, target);
    DifferencePage page = isCopied ? cut(then, target, all, terms) : all;
    List<Uni<Restored>> steps = new ArrayList<>();
    List<ObjectDifference> left = new ArrayList<>();
    List<ByteString> changed = new ArrayList<>();
    ByteString previous = after == null ? ByteString.EMPTY : after;
    for (ObjectDifference difference : page.getDifferencesList()) {
      switch (need(then, target, terms, difference)) {
        case RESTORE -> {
          ByteString behind = previous;
          Uni<ObjectTransfer.Result> step =
              isCopied
                  ? transfer.run(then, target, difference, COPIED_BYTES_MAX)
                  : nameAgain(then, target, difference);
          steps.add(step.map(result -> new Restored(difference, behind, result)));
        }
        case IS_NEWER -> changed.add(difference.getKey());
        case STAYS -> left.add(difference);
        case NONE -> {}
      }
      previous = difference.getKey();
    }
    return Multi.createFrom()
        .iterable(steps)
        .onItem()
        .transformToUni(step -> step)
        .merge(isCopied ? COPIES_MAX : UNDER_WAY_MAX)
        .collect()
        .asList()
        .map(done -> page(done, left, changed, page.getTruncated() ? page.getNext() : null));
  }

  /**
   * What became of an object.
   *
   * @param behind the key before it, or behind which the page began
   */
  private record Restored(
      ObjectDifference difference, ByteString behind, ObjectTransfer.Result result) {}

  private static RestorePage page(
      List<Restored> all,
      List<ObjectDifference> left,
      List<ByteString> changed,
      @Nullable ByteString next) {
    long restored = 0;
    long bytes = 0;
    long deleted = 0;
    List<ByteString> damaged = new ArrayList<>();
    ByteString goesOn = next;
    for (Restored each : all) {
      switch (each.result()) {
        case PARTLY -> goesOn = each.behind();
        case CHANGED -> changed.add(each.difference().getKey());
        case DAMAGED -> damaged.add(each.difference().getKey());
        case DONE -> {
          boolean isBack = each.difference().hasBefore();
          restored += isBack ? 1 : 0;
          deleted += isBack ? 0 : 1;
          bytes += each.difference().getBefore().getSize();
        }
      }
    }
    return new RestorePage(restored, bytes, deleted, left, changed, damaged, goesOn);
  }

  private Uni<ObjectTransfer.Result> nameAgain(
      BucketMoment then, Bucket target, ObjectDifference difference) {
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
        .replaceWith(ObjectTransfer.Result.DONE)
        .onFailure(ObjectTransfer::isChanged)
        .recoverWithItem(ObjectTransfer.Result.CHANGED);
  }
}
