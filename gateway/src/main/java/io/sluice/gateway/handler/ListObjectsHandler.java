package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.ListObjectsInput;
import io.sluice.s3.op.ListObjectsOutput;
import io.smallrye.mutiny.Uni;

/** ListObjects, the first version, which shows owners. */
final class ListObjectsHandler implements AnsweringHandler {
  private final HandlerContext context;

  ListObjectsHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.LIST_OBJECTS;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    ListObjectsInput input = ListObjectsInput.decode(call.route(), call.head());
    return Listings.objects(
            context.buckets(),
            call,
            input.prefix(),
            input.delimiter(),
            input.marker(),
            input.maxKeys())
        .map(
            page ->
                new ListObjectsOutput(
                        input,
                        Listings.listed(call, page, true),
                        Listings.texts(page.getCommonPrefixesList()),
                        Listings.next(page))
                    .encode());
  }
}
