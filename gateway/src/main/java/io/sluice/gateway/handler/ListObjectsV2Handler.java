package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.ListObjectsV2Input;
import io.sluice.s3.op.ListObjectsV2Output;
import io.smallrye.mutiny.Uni;

/** ListObjectsV2. */
final class ListObjectsV2Handler implements AnsweringHandler {
  private final HandlerContext context;

  ListObjectsV2Handler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.LIST_OBJECTS_V2;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    ListObjectsV2Input input = ListObjectsV2Input.decode(call.route(), call.head());
    return Listings.objects(
            context.buckets(),
            call,
            input.prefix(),
            input.delimiter(),
            input.after(),
            input.maxKeys())
        .map(
            page ->
                new ListObjectsV2Output(
                        input,
                        Listings.listed(call, page, input.fetchOwner()),
                        Listings.texts(page.getCommonPrefixesList()),
                        Listings.next(page))
                    .encode());
  }
}
