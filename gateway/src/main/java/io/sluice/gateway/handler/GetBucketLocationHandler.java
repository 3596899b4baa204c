package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.GetBucketLocationOutput;
import io.smallrye.mutiny.Uni;

/** GetBucketLocation. */
final class GetBucketLocationHandler implements AnsweringHandler {
  private final HandlerContext context;

  GetBucketLocationHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.GET_BUCKET_LOCATION;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    return Uni.createFrom().item(new GetBucketLocationOutput(context.regionOf(call)).encode());
  }
}
