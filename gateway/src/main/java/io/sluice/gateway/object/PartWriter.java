package io.sluice.gateway.object;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.pipe.UploadedBody;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetUpload;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.UploadedPart;
import io.smallrye.mutiny.Uni;

/** Adds parts to multipart uploads. Results come on the call's event loop. */
final class PartWriter {
  private final HandlerContext context;

  PartWriter(HandlerContext context) {
    this.context = context;
  }

  /** The upload; fails with NoSuchUpload. */
  Uni<MultipartUpload> findUpload(S3Call call, String key, String uploadId) {
    return context
        .buckets()
        .query(
            call,
            bucket ->
                Query.newBuilder()
                    .setGetUpload(
                        GetUpload.newBuilder()
                            .setBucketId(bucket.id())
                            .setKey(ByteString.copyFromUtf8(key))
                            .setUploadId(uploadId))
                    .build())
        .map(answer -> answer.getUpload().getUpload());
  }

  /** What its parts' checksums are made with: CRC64NVME combines to that of the whole object. */
  static ChecksumAlgorithm algorithm(MultipartUpload upload) {
    ChecksumAlgorithm algorithm = ChecksumRecords.algorithm(upload.getChecksumAlgorithm());
    return algorithm == null ? ChecksumAlgorithm.CRC64NVME : algorithm;
  }

  /** Makes stored bytes a part of an upload. */
  Uni<UploadedPart> commit(
      S3Call call, String key, String uploadId, int number, UploadedBody body) {
    PutPart.Builder put =
        PutPart.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setUploadId(uploadId)
            .setNumber(number)
            .setPart(body.toPart())
            .setInlineData(body.inlineData());
    return context
        .buckets()
        .submit(
            call,
            bucket -> Command.newBuilder().setPutPart(put.setBucketId(bucket.getId())).build())
        .map(outcome -> outcome.getPart());
  }
}
