package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.PastNames;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ExportMark;
import io.sluice.storage.proto.ExportRows;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ThingName;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What things were at a position. All of a page is read from one view of the store, and each page
 * asks whether the position is still kept, so what the pages give together is of that one moment.
 */
record ExportRowsQuery(ExportRows query) implements ShardQuery {
  private static final int NAMED_MAX = 1_000;

  /** Rows that a page goes through, those too that are younger. */
  static final int ROWS_MAX = 5_000;

  @Override
  public Answer answer(Rows rows) {
    Past past = Past.of(rows, query.getAt());
    Answer refusal = ShardQuery.refusal(past);
    if (refusal != null) {
      return refusal;
    }
    Export export = new Export(rows, past, query.getMax());
    return switch (query.getWhatCase()) {
      case NAMED -> named(export, query.getNamed().getThingsList());
      case ALL ->
          switch (query.getAll().getKind()) {
            case OBJECT_ROW -> objects(past, export);
            case BUCKET_ROW, ACCOUNT_ROW, SETTING_ROW -> names(rows, export);
            case UNRECOGNIZED -> unknown();
          };
      case WHAT_NOT_SET -> unknown();
    };
  }

  private static Answer unknown() {
    return ShardQuery.refused(RefusalCode.INVALID_ARGUMENT, "There are no such rows to export.");
  }

  private static Answer end(Export export) {
    return Answer.newBuilder().setExported(export.page()).build();
  }

  private static Answer stop(Export export, ExportMark.Builder next) {
    return Answer.newBuilder().setExported(export.page().setNext(next)).build();
  }

  private int given() {
    return query.getStart().getInside() ? query.getStart().getParts() : Export.NOT_BEGUN;
  }

  private Answer named(Export export, List<ThingName> things) {
    if (things.size() > NAMED_MAX) {
      return ShardQuery.refused(RefusalCode.TOO_MANY, "At most 1000 things are named at a time.");
    }
    if (query.getStart().getNamed() < 0) {
      return unknown();
    }
    int given = given();
    for (int i = query.getStart().getNamed(); i < things.size(); i++) {
      ThingName thing = things.get(i);
      if (thing.getKind() == RowKind.UNRECOGNIZED) {
        return unknown();
      }
      int added =
          thing.getKind() == RowKind.OBJECT_ROW
              ? addObject(export, thing, given)
              : export.addNamed(thing.getKind(), thing.getKey(), true)
                  ? Export.DONE
                  : Export.NOT_BEGUN;
      if (added != Export.DONE) {
        return stop(export, mark(added).setNamed(i));
      }
      given = Export.NOT_BEGUN;
    }
    return end(export);
  }

  private static int addObject(Export export, ThingName thing, int given) {
    ObjectVersion object = export.find(thing.getBucketId(), thing.getKey());
    if (object == null) {
      return export.addAbsent(thing.getBucketId(), thing.getKey()) ? Export.DONE : Export.NOT_BEGUN;
    }
    return export.addObject(thing.getBucketId(), thing.getKey(), object, given);
  }

  private static ExportMark.Builder mark(int given) {
    return given == Export.NOT_BEGUN
        ? ExportMark.newBuilder()
        : ExportMark.newBuilder().setInside(true).setParts(given);
  }

  private ByteString startAfter() {
    return query.hasStart() ? query.getStart().getKey() : query.getAll().getStartAfter();
  }

  private Answer names(Rows rows, Export export) {
    RowKind kind = query.getAll().getKind();
    ByteString last = startAfter();
    try (PastNames names = new PastNames(rows, kind, last)) {
      ByteString name;
      while ((name = names.next()) != null) {
        if (!export.addNamed(kind, name, false)) {
          return stop(export, ExportMark.newBuilder().setKey(last));
        }
        last = name;
      }
    }
    return end(export);
  }

  private Answer objects(Past past, Export export) {
    long bucketId = query.getAll().getBucketId();
    if (bucketId == KeyCodec.NO_BUCKET) {
      return ShardQuery.refused(RefusalCode.INVALID_ARGUMENT, "A bucket is missing.");
    }
    ByteString last = startAfter();
    int given = given();
    try (RowCursor cursor = past.scan(KeyCodec.bucket(bucketId), ROWS_MAX)) {
      seek(cursor, bucketId, last);
      if (given != Export.NOT_BEGUN && !isAt(cursor, last)) {
        return unknown();
      }
      for (; cursor.isValid(); cursor.next()) {
        ByteString key = KeyCodec.objectKeyIn(cursor.key());
        ObjectVersion object = Rows.parse(ObjectVersion.parser(), cursor.value());
        int added = export.addObject(bucketId, key, object, given);
        if (added != Export.DONE) {
          ByteString at = added == Export.NOT_BEGUN ? last : key;
          return stop(export, mark(added).setKey(at));
        }
        given = Export.NOT_BEGUN;
        last = key;
      }
      byte @Nullable [] stopped = cursor.stoppedAt();
      return stopped == null
          ? end(export)
          : stop(export, ExportMark.newBuilder().setKey(KeyCodec.objectKeyIn(stopped)));
    }
  }

  private static boolean isAt(RowCursor cursor, ByteString key) {
    return cursor.isValid() && KeyCodec.objectKeyIn(cursor.key()).equals(key);
  }

  /** To the object that goes on, or behind the last that is done. */
  private void seek(RowCursor cursor, long bucketId, ByteString key) {
    if (!key.isEmpty()) {
      byte[] row = KeyCodec.object(bucketId, key);
      // No key holds NUL: one more byte is the first behind the key's.
      cursor.seek(query.getStart().getInside() ? row : Arrays.copyOf(row, row.length + 1));
    }
  }
}
