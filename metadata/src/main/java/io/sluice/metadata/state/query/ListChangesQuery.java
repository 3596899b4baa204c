package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardHeader;
import io.sluice.storage.proto.ThingName;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What changed between two positions. It is never answered with less than that: a position whose
 * changes were dropped, or that is of another log, is refused.
 *
 * <p>A position of another epoch says nothing here, even when it looks older: an epoch begins where
 * a cluster went on from a backup or a standby, and what the log before it held behind that point
 * this one never saw.
 */
record ListChangesQuery(ListChanges query) implements ShardQuery {
  private static final int THINGS_MAX = 1_000;

  /** Entries that a page goes through: a few milliseconds. */
  static final int ROWS_MAX = 5_000;

  private static final int BYTES_MAX = 1 << 20;

  @Override
  public Answer answer(Rows rows) {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    String reason = header == null ? Past.NO_HISTORY : whyNotWhole(header);
    if (reason != null) {
      return ShardQuery.refused(RefusalCode.OUTSIDE_HISTORY, reason);
    }
    byte[] from = from();
    byte[] to = KeyCodec.change(next(query.getTo()), 0);
    if (from == null || Positions.isAfter(query.getAfter(), query.getTo())) {
      return ShardQuery.refused(RefusalCode.INVALID_ARGUMENT, "There is no such page of changes.");
    }
    try (RowCursor cursor = rows.scan(Family.CHANGES, from, to)) {
      return Answer.newBuilder().setChanges(page(cursor)).build();
    }
  }

  private @Nullable String whyNotWhole(ShardHeader header) {
    LogPosition applied = header.getApplied();
    if (!Past.isKept(header)) {
      return Past.NO_HISTORY;
    }
    if (query.getAfter().getEpoch() != applied.getEpoch()
        || query.getTo().getEpoch() != applied.getEpoch()) {
      return "That moment is not one of this cluster since it last went on from a copy.";
    }
    if (Positions.isAfter(query.getAfter(), applied) || Positions.isAfter(query.getTo(), applied)) {
      return "That moment has not come yet.";
    }
    return Positions.isAfter(header.getChangesSince(), query.getAfter())
        ? "What changed since then is not all kept any more."
        : null;
  }

  /** The first key of the page; null when the marker is none of these changes. */
  private byte @Nullable [] from() {
    byte[] first = KeyCodec.change(next(query.getAfter()), 0);
    if (query.getStartAfter().isEmpty()) {
      return first;
    }
    byte[] marker = query.getStartAfter().toByteArray();
    boolean isOne = marker.length == first.length && Arrays.compareUnsigned(marker, first) >= 0;
    return isOne ? Arrays.copyOf(marker, marker.length + 1) : null;
  }

  private static LogPosition next(LogPosition position) {
    return position.toBuilder().setIndex(position.getIndex() + 1).build();
  }

  private ChangePage page(RowCursor cursor) {
    int max = query.getMax() == 0 ? THINGS_MAX : Math.min(query.getMax(), THINGS_MAX);
    Set<ThingName> things = new LinkedHashSet<>();
    byte[] last = KeyCodec.FIRST;
    int bytes = 0;
    for (int rows = 0; cursor.isValid(); rows++, cursor.next()) {
      if (rows == ROWS_MAX || things.size() == max || bytes >= BYTES_MAX) {
        return ChangePage.newBuilder()
            .addAllThings(things)
            .setTruncated(true)
            .setNext(ByteString.copyFrom(last))
            .build();
      }
      Change change = Rows.parse(Change.parser(), cursor.value());
      if (!query.getDeleted() || change.getKind() == Change.Kind.DELETE) {
        ThingName thing = thing(change);
        bytes += things.add(thing) ? thing.getSerializedSize() : 0;
      }
      last = cursor.key();
    }
    return ChangePage.newBuilder().addAllThings(things).build();
  }

  private static ThingName thing(Change change) {
    return ThingName.newBuilder()
        .setKind(change.getRow())
        .setBucketId(change.getBucketId())
        .setKey(change.getKey())
        .build();
  }
}
