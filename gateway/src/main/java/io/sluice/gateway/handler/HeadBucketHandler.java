package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.HeadBucketOutput;
import io.smallrye.mutiny.Uni;

/** HeadBucket: whether it is there and the caller's, which was decided before this. */
final class HeadBucketHandler implements AnsweringHandler {
  private final HandlerContext context;

  HeadBucketHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.HEAD_BUCKET;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    return Uni.createFrom().item(new HeadBucketOutput(context.regionOf(call)).encode());
  }
}
