package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.ListMultipartUploadsInput;
import io.sluice.s3.op.ListMultipartUploadsOutput;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.UploadPage;
import io.smallrye.mutiny.Uni;
import java.time.Instant;

/** ListMultipartUploads. */
final class ListMultipartUploadsHandler implements AnsweringHandler {
  private final HandlerContext context;

  ListMultipartUploadsHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.LIST_MULTIPART_UPLOADS;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    ListMultipartUploadsInput input = ListMultipartUploadsInput.decode(call.route(), call.head());
    Uni<UploadPage> page =
        // A snapshot holds none.
        input.maxUploads() == 0 || call.requireView().at() != null
            ? Uni.createFrom().item(UploadPage.getDefaultInstance())
            : context
                .buckets()
                .query(call, bucket -> query(bucket, input))
                .map(answer -> answer.getUploads());
    return page.map(found -> output(call, input, found).encode());
  }

  private static Query query(BucketView bucket, ListMultipartUploadsInput input) {
    return Query.newBuilder()
        .setListUploads(
            ListUploads.newBuilder()
                .setBucketId(bucket.id())
                .setPrefix(ByteString.copyFromUtf8(input.prefix()))
                .setDelimiter(Listings.bytes(input.delimiter()))
                .setKeyMarker(ByteString.copyFromUtf8(input.keyMarker()))
                .setUploadIdMarker(input.uploadIdMarker())
                .setMax(input.maxUploads()))
        .build();
  }

  private static ListMultipartUploadsOutput output(
      S3Call call, ListMultipartUploadsInput input, UploadPage page) {
    return new ListMultipartUploadsOutput(
        input,
        page.getUploadsList().stream().map(upload -> listed(call, upload)).toList(),
        Listings.texts(page.getCommonPrefixesList()),
        page.getTruncated()
            ? new ListMultipartUploadsOutput.Next(
                page.getNextKey().toStringUtf8(), page.getNextUploadId())
            : null);
  }

  private static ListMultipartUploadsOutput.Upload listed(S3Call call, MultipartUpload upload) {
    return new ListMultipartUploadsOutput.Upload(
        upload.getKey(),
        upload.getUploadId(),
        HandlerContext.owner(call, upload.getOwner()),
        Listings.storageClass(upload.getStorageClass()),
        Instant.ofEpochMilli(upload.getInitiatedMs()),
        ChecksumRecords.ofUpload(upload));
  }
}
