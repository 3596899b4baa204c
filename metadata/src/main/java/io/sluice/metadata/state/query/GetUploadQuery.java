package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetUpload;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadAnswer;

/** An upload that is under way. */
record GetUploadQuery(GetUpload query) implements ShardQuery {
  static final String NO_SUCH_UPLOAD =
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have"
          + " been aborted or completed.";

  @Override
  public Answer answer(Rows rows) {
    MultipartUpload upload =
        rows.get(
            Family.UPLOADS,
            KeyCodec.upload(query.getBucketId(), query.getKey(), query.getUploadId()),
            MultipartUpload.parser());
    if (upload == null) {
      return ShardQuery.foundNothing(
          rows,
          query.getBucketId(),
          ShardQuery.refused(RefusalCode.NO_SUCH_UPLOAD, NO_SUCH_UPLOAD));
    }
    return Answer.newBuilder().setUpload(UploadAnswer.newBuilder().setUpload(upload)).build();
  }

  @Override
  public boolean isPointLookup() {
    return true;
  }
}
