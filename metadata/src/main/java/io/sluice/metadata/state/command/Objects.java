package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import org.jspecify.annotations.Nullable;

/** The current versions of objects. Buckets are not versioned: each is the "null" version. */
final class Objects {
  private Objects() {}

  static @Nullable ObjectVersion find(Rows rows, long bucketId, ByteString key) {
    return rows.get(Family.OBJECTS, KeyCodec.object(bucketId, key), ObjectVersion.parser());
  }

  /**
   * The version that was current at a position.
   *
   * @throws RefusedException OUTSIDE_HISTORY
   */
  static @Nullable ObjectVersion findThen(Rows rows, LogPosition at, long bucketId, ByteString key)
      throws RefusedException {
    Past past = Past.of(rows, at);
    String reason = past.whyNotKept();
    if (reason != null) {
      throw new RefusedException(RefusalCode.OUTSIDE_HISTORY, reason);
    }
    return past.find(bucketId, key);
  }

  /**
   * Refuses to restore over what somebody wrote since the caller looked.
   *
   * @throws RefusedException CONFLICT
   */
  static void requireExpected(LogPosition expected, @Nullable ObjectVersion current)
      throws RefusedException {
    LogPosition found = current == null ? LogPosition.getDefaultInstance() : current.getVersion();
    if (!found.equals(expected)) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "The object was written while it was being restored.");
    }
  }

  /**
   * Makes {@code version} the current one, made now at the command's position.
   *
   * @param replaced what was current, if anything
   */
  static Outcome.Builder replace(
      ApplyContext context,
      long bucketId,
      ByteString key,
      @Nullable ObjectVersion replaced,
      ObjectVersion.Builder version) {
    return replaceAsOf(context, bucketId, key, replaced, version, context.nowMs());
  }

  /** As {@link #replace}, with a time of last modification that is not now. */
  static Outcome.Builder replaceAsOf(
      ApplyContext context,
      long bucketId,
      ByteString key,
      @Nullable ObjectVersion replaced,
      ObjectVersion.Builder version,
      long lastModifiedMs) {
    ObjectVersion current =
        version
            .setVersion(context.position())
            .setNullVersion(true)
            .setLastModifiedMs(lastModifiedMs)
            .build();
    context.rows().put(Family.OBJECTS, KeyCodec.object(bucketId, key), current);
    if (replaced != null) {
      new History(context).end(bucketId, key, replaced);
    }
    context.recordChange(Change.Kind.PUT, bucketId, key);
    // Outcomes are kept for a while, and nobody needs the headers back.
    return Outcome.newBuilder().setObject(current.toBuilder().clearHeaders());
  }

  /** Removes the current version. */
  static void remove(ApplyContext context, long bucketId, ByteString key, ObjectVersion current) {
    context.rows().delete(Family.OBJECTS, KeyCodec.object(bucketId, key));
    new History(context).end(bucketId, key, current);
    context.recordChange(Change.Kind.DELETE, bucketId, key);
  }
}
