package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadedPart;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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

  /** The parts of an upload, by number. */
  static NavigableMap<Integer, UploadedPart> parts(
      Rows rows, long bucketId, ByteString key, String uploadId) {
    NavigableMap<Integer, UploadedPart> uploaded = new TreeMap<>();
    try (RowCursor cursor =
        rows.scanPrefix(Family.UPLOAD_PARTS, KeyCodec.uploadParts(bucketId, key, uploadId))) {
      for (; cursor.isValid(); cursor.next()) {
        UploadedPart part = Rows.parse(UploadedPart.parser(), cursor.value());
        uploaded.put(part.getNumber(), part);
      }
    }
    return uploaded;
  }

  /** The upload is over: what is to stay of its parts is named elsewhere. */
  static void remove(Transaction rows, long bucketId, ByteString key, String uploadId) {
    rows.delete(Family.UPLOADS, KeyCodec.upload(bucketId, key, uploadId));
    byte[] parts = KeyCodec.uploadParts(bucketId, key, uploadId);
    byte @Nullable [] after = KeyCodec.after(parts);
    if (after != null) {
      rows.deleteRange(Family.UPLOAD_PARTS, parts, after);
    }
  }
}
