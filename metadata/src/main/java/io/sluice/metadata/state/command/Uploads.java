package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.RefusalCode;

/** Uploads that are under way. */
final class Uploads {
  /** Numbers of parts are 1 to this. */
  static final int PARTS_MAX = 10_000;

  private Uploads() {}

  static MultipartUpload require(Rows rows, long bucketId, ByteString key, String uploadId)
      throws RefusedException {
    MultipartUpload upload =
        rows.get(
            Family.UPLOADS, KeyCodec.upload(bucketId, key, uploadId), MultipartUpload.parser());
    if (upload == null) {
      throw new RefusedException(
          RefusalCode.NO_SUCH_UPLOAD,
          "The specified upload does not exist. The upload ID may be invalid, or the upload may have"
              + " been aborted or completed.");
    }
    return upload;
  }
}
