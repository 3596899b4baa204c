package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import org.jspecify.annotations.Nullable;

/** A query that knows how to answer itself. */
public interface ShardQuery {
  /**
   * The answer.
   *
   * @param rows of a moment; or the latest, which may change between two reads
   * @return the answer, a refusal when there is none; null when rows changed between two reads that
   *     belong together, which never happens with those of a moment
   */
  @Nullable Answer answer(Rows rows);

  /**
   * Whether it looks up a few rows and no more, so that it may be answered on an event loop if they
   * are in memory.
   */
  default boolean isPointLookup() {
    return false;
  }

  /** The query of a message. */
  static ShardQuery of(Query query) {
    return switch (query.getBodyCase()) {
      case GET_BUCKET -> new GetBucketQuery(query.getGetBucket());
      case LIST_BUCKETS -> new ListBucketsQuery(query.getListBuckets());
      case LIST_DELETING_BUCKETS -> new ListDeletingBucketsQuery();
      case GET_ACCOUNT -> new GetAccountQuery(query.getGetAccount());
      case LIST_ACCOUNTS -> new ListAccountsQuery(query.getListAccounts());
      case GET_LAYOUT -> new GetLayoutQuery();
      case GET_CLUSTER -> new GetClusterQuery(query.getGetCluster());
      case GET_OBJECT -> new GetObjectQuery(query.getGetObject());
      case GET_PARTS -> new GetPartsQuery(query.getGetParts());
      case LIST_OBJECTS -> new ListObjectsQuery(query.getListObjects());
      case LIST_VERSIONS -> new ListVersionsQuery(query.getListVersions());
      case GET_UPLOAD -> new GetUploadQuery(query.getGetUpload());
      case LIST_PARTS -> new ListPartsQuery(query.getListParts());
      case LIST_UPLOADS -> new ListUploadsQuery(query.getListUploads());
      case LIST_GARBAGE -> new ListGarbageQuery(query.getListGarbage());
      case FIND_UNREFERENCED -> new FindUnreferencedQuery(query.getFindUnreferenced());
      case GET_SHARD_STATUS -> new GetShardStatusQuery();
      case LIST_PINS -> new ListPinsQuery();
      case FIND_MOMENT -> new FindMomentQuery(query.getFindMoment());
      case COMPARE_OBJECTS -> new CompareObjectsQuery(query.getCompareObjects());
      case LIST_SNAPSHOTS -> new ListSnapshotsQuery();
      case LIST_TARGETS -> new ListTargetsQuery();
      case LIST_MIRRORS -> new ListMirrorsQuery();
      case LIST_CHANGES -> new ListChangesQuery(query.getListChanges());
      case EXPORT_ROWS -> new ExportRowsQuery(query.getExportRows());
      case GET_ROLE -> new GetRoleQuery();
      case BODY_NOT_SET ->
          rows -> refused(RefusalCode.INVALID_ARGUMENT, "This query is not known.");
    };
  }

  /**
   * What to answer when nothing was found in a bucket: a refusal when the bucket is gone, whose
   * name may be another's by now; else {@code otherwise}. A bucket that is gone holds nothing, so
   * only who finds nothing has to ask.
   */
  static Answer foundNothing(Rows rows, long bucketId, Answer otherwise) {
    return rows.get(Family.META, KeyCodec.sealedBucket(bucketId)) == null
        ? otherwise
        : refused(RefusalCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
  }

  /** Why a state of the past can't be told; null when it can. */
  static @Nullable Answer refusal(Past past) {
    String reason = past.whyNotKept();
    return reason == null ? null : refused(RefusalCode.OUTSIDE_HISTORY, reason);
  }

  static Answer refused(RefusalCode code, String message) {
    return Answer.newBuilder()
        .setRefusal(Refusal.newBuilder().setCode(code).setMessage(message))
        .build();
  }
}
