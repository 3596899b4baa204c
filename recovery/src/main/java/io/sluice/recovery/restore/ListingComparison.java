package io.sluice.recovery.restore;

import com.google.protobuf.ByteString;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares buckets that lie in different shards, of which none can see both: their listings are
 * read side by side. Positions and where the bytes are say nothing there, so two objects are the
 * same when all else that a listing tells of them is, the time of modification too.
 */
public final class ListingComparison {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Comparator<ByteString> KEYS = ByteString.unsignedLexicographicalComparator();

  private final MetadataStore metadata;

  ListingComparison(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** What to list. */
  record Side(Bucket bucket, @Nullable LogPosition at) {}

  /**
   * A page of differences; it may hold few, or none, and not be the last.
   *
   * @param max 1 to 1,000
   */
  Uni<DifferencePage> page(
      Side before, Side after, ByteString prefix, @Nullable ByteString startAfter, int max) {
    return Uni.combine()
        .all()
        .unis(list(before, prefix, startAfter, max), list(after, prefix, startAfter, max))
        .asTuple()
        .map(pages -> merge(pages.getItem1(), pages.getItem2(), max));
  }

  private Uni<ObjectPage> list(
      Side side, ByteString prefix, @Nullable ByteString startAfter, int max) {
    ListObjects.Builder list =
        ListObjects.newBuilder().setBucketId(side.bucket().getId()).setPrefix(prefix).setMax(max);
    if (startAfter != null) {
      list.setStartAfter(startAfter);
    }
    if (side.at() != null) {
      list.setAt(side.at());
    }
    return metadata
        .query(side.bucket().getShard(), Query.newBuilder().setListObjects(list).build(), LIMIT)
        .map(answer -> answer.getObjects());
  }

  private static DifferencePage merge(ObjectPage before, ObjectPage after, int max) {
    ByteString known = knownUpTo(before, after);
    DifferencePage.Builder page = DifferencePage.newBuilder();
    List<ListedObject> was = before.getObjectsList();
    List<ListedObject> is = after.getObjectsList();
    ByteString last = ByteString.EMPTY;
    int i = 0;
    int j = 0;
    while (i < was.size() || j < is.size()) {
      int order =
          i == was.size()
              ? 1
              : j == is.size() ? -1 : KEYS.compare(was.get(i).getKey(), is.get(j).getKey());
      ByteString key = order <= 0 ? was.get(i).getKey() : is.get(j).getKey();
      if (known != null && KEYS.compare(key, known) > 0) {
        break;
      }
      if (page.getDifferencesCount() == max) {
        return page.setTruncated(true).setNext(last).build();
      }
      last = key;
      ObjectVersion one = order <= 0 ? was.get(i++).getObject() : null;
      ObjectVersion other = order >= 0 ? is.get(j++).getObject() : null;
      if (one == null || other == null || !isSame(one, other)) {
        page.addDifferences(difference(key, one, other));
      }
    }
    return known == null ? page.build() : page.setTruncated(true).setNext(known).build();
  }

  /** The key up to which both have given all they have; null when that is everywhere. */
  private static @Nullable ByteString knownUpTo(ObjectPage before, ObjectPage after) {
    if (before.getTruncated() && after.getTruncated()) {
      return KEYS.compare(before.getNext(), after.getNext()) <= 0
          ? before.getNext()
          : after.getNext();
    }
    return before.getTruncated() ? before.getNext() : after.getTruncated() ? after.getNext() : null;
  }

  /** Whether they are the same, wherever each is. */
  public static boolean isSame(ObjectVersion one, ObjectVersion other) {
    return anywhere(one).equals(anywhere(other));
  }

  private static ObjectVersion anywhere(ObjectVersion version) {
    return version.toBuilder().clearVersion().clearManifest().clearInline().build();
  }

  private static ObjectDifference difference(
      ByteString key, @Nullable ObjectVersion was, @Nullable ObjectVersion is) {
    ObjectDifference.Builder difference = ObjectDifference.newBuilder().setKey(key);
    if (was != null) {
      difference.setBefore(was);
    }
    if (is != null) {
      difference.setAfter(is);
    }
    return difference.build();
  }
}
