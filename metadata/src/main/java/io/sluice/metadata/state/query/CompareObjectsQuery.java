package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.CompareObjects;
import io.sluice.storage.proto.DifferencePage;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.RefusalCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Two moments of a bucket, side by side. Costs as much as the rows it goes through, so a page ends
 * after a number of those too.
 */
record CompareObjectsQuery(CompareObjects query) implements ShardQuery {
  private static final int DIFFERENCES_MAX = 1_000;

  @Override
  public Answer answer(Rows rows) {
    if (query.getBucketId() == KeyCodec.NO_BUCKET) {
      return ShardQuery.refused(RefusalCode.INVALID_ARGUMENT, "A bucket is missing.");
    }
    Past from = Past.of(rows, query.getFrom());
    Past to = query.hasTo() ? Past.of(rows, query.getTo()) : null;
    Answer refusal = ShardQuery.refusal(from);
    if (refusal == null && to != null) {
      refusal = ShardQuery.refusal(to);
    }
    if (refusal != null) {
      return refusal;
    }
    long toBucket = query.getToBucketId() == 0 ? query.getBucketId() : query.getToBucketId();
    byte[] toPrefix = KeyCodec.object(toBucket, query.getPrefix());
    byte[] fromPrefix = KeyCodec.object(query.getBucketId(), query.getPrefix());
    int rowsMax = ListObjectsQuery.ROWS_MAX;
    try (RowCursor before = from.scan(fromPrefix, rowsMax);
        RowCursor after =
            to == null ? rows.scanPrefix(Family.OBJECTS, toPrefix) : to.scan(toPrefix, rowsMax)) {
      seek(before, query.getBucketId());
      seek(after, toBucket);
      return Answer.newBuilder().setDifferences(page(before, after)).build();
    }
  }

  private void seek(RowCursor cursor, long bucketId) {
    ByteString marker = query.getStartAfter();
    ByteString prefix = query.getPrefix();
    boolean isBehindTheFirst =
        ByteString.unsignedLexicographicalComparator().compare(marker, prefix) >= 0;
    if (!marker.isEmpty() && isBehindTheFirst) {
      byte[] row = KeyCodec.object(bucketId, marker);
      // No key holds NUL: this is the first behind the marker's.
      cursor.seek(Arrays.copyOf(row, row.length + 1));
    }
  }

  private DifferencePage page(RowCursor before, RowCursor after) {
    int max = query.getMax() == 0 ? DIFFERENCES_MAX : Math.min(query.getMax(), DIFFERENCES_MAX);
    DifferencePage.Builder page = DifferencePage.newBuilder();
    ByteString last = ByteString.EMPTY;
    for (int rows = 0; before.isValid() || after.isValid(); rows++) {
      if (rows == ListObjectsQuery.ROWS_MAX || page.getDifferencesCount() == max) {
        return page.setTruncated(true).setNext(last).build();
      }
      int order = order(before, after);
      byte[] row = order <= 0 ? before.key() : after.key();
      byte[] stopped = stopped(before, after);
      if (stopped != null && KeyCodec.compareObjectKeys(row, stopped) > 0) {
        break;
      }
      last = KeyCodec.objectKeyIn(row);
      ObjectVersion was = order <= 0 ? take(before) : null;
      ObjectVersion is = order >= 0 ? take(after) : null;
      if (was == null || is == null || !isSame(was, is)) {
        page.addDifferences(difference(last, was, is));
      }
    }
    byte[] stopped = stopped(before, after);
    if (stopped != null) {
      page.setTruncated(true).setNext(KeyCodec.objectKeyIn(stopped));
    }
    return page.build();
  }

  /** The key up to which both have given all they have; null when that is everywhere. */
  private static byte @Nullable [] stopped(RowCursor before, RowCursor after) {
    byte[] one = before.stoppedAt();
    byte[] other = after.stoppedAt();
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return KeyCodec.compareObjectKeys(one, other) <= 0 ? one : other;
  }

  private static int order(RowCursor before, RowCursor after) {
    if (!before.isValid() || !after.isValid()) {
      return before.isValid() ? -1 : 1;
    }
    return KeyCodec.compareObjectKeys(before.key(), after.key());
  }

  private static boolean isSame(ObjectVersion one, ObjectVersion other) {
    return one.getVersion().equals(other.getVersion())
        || withoutPosition(one).equals(withoutPosition(other));
  }

  /**
   * A copy of a small object has bytes of its own, and its ETag tells whether they are the same.
   */
  private static ObjectVersion withoutPosition(ObjectVersion version) {
    ObjectVersion.Builder plain = version.toBuilder().clearVersion();
    return version.getInline() ? plain.clearManifest().build() : plain.build();
  }

  private static ObjectVersion take(RowCursor cursor) {
    ObjectVersion object = Rows.parse(ObjectVersion.parser(), cursor.value());
    cursor.next();
    return object;
  }

  private static ObjectDifference difference(
      ByteString key, @Nullable ObjectVersion was, @Nullable ObjectVersion is) {
    ObjectDifference.Builder difference = ObjectDifference.newBuilder().setKey(key);
    if (was != null) {
      difference.setBefore(was.toBuilder().clearHeaders());
    }
    if (is != null) {
      difference.setAfter(is.toBuilder().clearHeaders());
    }
    return difference.build();
  }
}
