package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.AbortMultipartUploadInput;
import io.sluice.s3.op.AbortMultipartUploadOutput;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Command;
import io.smallrye.mutiny.Uni;

/** AbortMultipartUpload. */
final class AbortMultipartUploadHandler implements AnsweringHandler {
  private final HandlerContext context;

  AbortMultipartUploadHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.ABORT_MULTIPART_UPLOAD;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    AbortMultipartUploadInput input = AbortMultipartUploadInput.decode(call.route(), call.head());
    return context
        .buckets()
        .submit(
            call,
            bucket ->
                Command.newBuilder()
                    .setAbortUpload(
                        AbortUpload.newBuilder()
                            .setBucketId(bucket.getId())
                            .setKey(ByteString.copyFromUtf8(input.key()))
                            .setUploadId(input.uploadId()))
                    .build())
        .map(outcome -> new AbortMultipartUploadOutput().encode());
  }
}
