package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ListParts;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.PartPage;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadedPart;

/** The parts of an upload that is under way, by number. */
record ListPartsQuery(ListParts query) implements ShardQuery {
  private static final int PARTS_MAX = 1000;

  @Override
  public Answer answer(Rows rows) {
    long bucketId = query.getBucketId();
    MultipartUpload upload =
        rows.get(
            Family.UPLOADS,
            KeyCodec.upload(bucketId, query.getKey(), query.getUploadId()),
            MultipartUpload.parser());
    if (upload == null) {
      return ShardQuery.foundNothing(
          rows,
          bucketId,
          ShardQuery.refused(RefusalCode.NO_SUCH_UPLOAD, GetUploadQuery.NO_SUCH_UPLOAD));
    }
    PartPage.Builder page = PartPage.newBuilder().setUpload(upload);
    int max = Math.min(query.getMax(), PARTS_MAX);
    byte[] parts = KeyCodec.uploadParts(bucketId, query.getKey(), query.getUploadId());
    try (RowCursor cursor = rows.scanPrefix(Family.UPLOAD_PARTS, parts)) {
      cursor.seek(
          KeyCodec.uploadPart(bucketId, query.getKey(), query.getUploadId(), query.getAfter() + 1));
      for (; max > 0 && cursor.isValid(); cursor.next()) {
        if (page.getPartsCount() == max) {
          page.setTruncated(true);
          break;
        }
        page.addParts(Rows.parse(UploadedPart.parser(), cursor.value()));
      }
    }
    return Answer.newBuilder().setPartPage(page).build();
  }
}
