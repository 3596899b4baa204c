package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.ListBucketsInput;
import io.sluice.s3.op.ListBucketsOutput;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketPage;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** ListBuckets: the caller's own, by name. */
final class ListBucketsHandler implements AnsweringHandler {
  private final HandlerContext context;

  ListBucketsHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.LIST_BUCKETS;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    ListBucketsInput input = ListBucketsInput.decode(call.route(), call.head());
    if (input.bucketRegion() != null && !input.bucketRegion().equals(context.region())) {
      return Uni.createFrom().item(output(call, input, BucketPage.getDefaultInstance()));
    }
    ListBuckets.Builder list =
        ListBuckets.newBuilder()
            .setOwner(call.caller().accountId())
            .setPrefix(input.prefix())
            .setMax(input.maxBuckets());
    if (input.after() != null) {
      list.setStartAfter(input.after());
    }
    return context
        .metadata()
        .query(
            MetadataStore.ROOT_SHARD,
            Query.newBuilder().setListBuckets(list).build(),
            context.metadataDeadline())
        .map(answer -> output(call, input, answer.getBuckets()));
  }

  private S3Response output(S3Call call, ListBucketsInput input, BucketPage page) {
    List<ListBucketsOutput.Bucket> buckets =
        page.getBucketsList().stream().map(this::listed).toList();
    return new ListBucketsOutput(call.caller().asOwner(), buckets, input.prefix(), lastName(page))
        .encode();
  }

  private static @Nullable String lastName(BucketPage page) {
    int count = page.getBucketsCount();
    return page.getTruncated() && count > 0 ? page.getBuckets(count - 1).getName() : null;
  }

  private ListBucketsOutput.Bucket listed(Bucket bucket) {
    return new ListBucketsOutput.Bucket(
        bucket.getName(),
        Instant.ofEpochMilli(bucket.getCreatedMs()),
        bucket.getRegion().isEmpty() ? context.region() : bucket.getRegion());
  }
}
