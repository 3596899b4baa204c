package io.sluice.gateway.bucket;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;

/** Queries about a bucket, as queries about what it was. */
final class SnapshotQueries {
  private SnapshotQueries() {}

  /**
   * The same at a position. There are no uploads in a snapshot: whoever asks for one is told so.
   *
   * @throws S3Exception NoSuchUpload; NotImplemented for a query that can only be about now: better
   *     no answer than one of another time
   */
  static Query at(LogPosition position, Query query) {
    Query.Builder then = query.toBuilder();
    switch (query.getBodyCase()) {
      case GET_OBJECT -> then.getGetObjectBuilder().setAt(position);
      case LIST_OBJECTS -> then.getListObjectsBuilder().setAt(position);
      case LIST_VERSIONS -> then.getListVersionsBuilder().setAt(position);
      case GET_UPLOAD, LIST_PARTS -> throw new S3Exception(S3ErrorCode.NO_SUCH_UPLOAD);
      default ->
          throw new S3Exception(
              S3ErrorCode.NOT_IMPLEMENTED, "This can't be asked of a snapshot, only of a bucket.");
    }
    return then.build();
  }
}
