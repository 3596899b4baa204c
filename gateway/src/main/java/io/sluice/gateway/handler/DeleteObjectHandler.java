package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ObjectRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.DeleteObjectInput;
import io.sluice.s3.op.DeleteObjectOutput;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DeleteObject;
import io.smallrye.mutiny.Uni;

/** DeleteObject. What is not there counts as deleted. */
final class DeleteObjectHandler implements AnsweringHandler {
  private final HandlerContext context;

  DeleteObjectHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.DELETE_OBJECT;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    DeleteObjectInput input = DeleteObjectInput.decode(call.route(), call.head());
    DeleteObject.Builder delete =
        DeleteObject.newBuilder()
            .setKey(ByteString.copyFromUtf8(input.key()))
            .setCondition(ObjectRecords.condition(input.condition()));
    if (input.versionId() != null) {
      delete.setVersionId(input.versionId());
    }
    return context
        .buckets()
        .submit(
            call,
            bucket ->
                Command.newBuilder().setDeleteObject(delete.setBucketId(bucket.getId())).build())
        .map(outcome -> new DeleteObjectOutput(false, input.versionId()).encode());
  }
}
