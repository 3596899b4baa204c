package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.gateway.record.ObjectRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.UploadChecksum;
import io.sluice.s3.op.CreateMultipartUploadInput;
import io.sluice.s3.op.CreateMultipartUploadOutput;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.MultipartUpload;
import io.smallrye.mutiny.Uni;

/** CreateMultipartUpload. */
final class CreateMultipartUploadHandler implements AnsweringHandler {
  private final HandlerContext context;

  CreateMultipartUploadHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.CREATE_MULTIPART_UPLOAD;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    CreateMultipartUploadInput input = CreateMultipartUploadInput.decode(call.route(), call.head());
    MultipartUpload upload = upload(call, input);
    return context
        .buckets()
        .submit(
            call,
            bucket ->
                Command.newBuilder()
                    .setCreateUpload(
                        CreateUpload.newBuilder().setBucketId(bucket.getId()).setUpload(upload))
                    .build())
        .map(
            outcome ->
                new CreateMultipartUploadOutput(
                        input.bucket(), input.key(), upload.getUploadId(), input.checksum())
                    .encode());
  }

  private static MultipartUpload upload(S3Call call, CreateMultipartUploadInput input) {
    MultipartUpload.Builder upload =
        MultipartUpload.newBuilder()
            .setUploadId(UploadIds.next(call.receivedAt().toEpochMilli()))
            .setKey(input.key())
            .setOwner(call.caller().accountId())
            .setInitiator(call.caller().accountId())
            .setStorageClass(input.storageClass())
            .setHeaders(ObjectRecords.headers(input.metadata()));
    UploadChecksum checksum = input.checksum();
    if (checksum != null) {
      upload
          .setChecksumAlgorithm(ChecksumRecords.algorithm(checksum.algorithm()))
          .setChecksumType(ChecksumRecords.type(checksum.type()));
    }
    return upload.build();
  }
}
