package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ETags;
import io.sluice.s3.op.ListPartsInput;
import io.sluice.s3.op.ListPartsOutput;
import io.sluice.storage.proto.GetUpload;
import io.sluice.storage.proto.ListParts;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.PartPage;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.UploadedPart;
import io.smallrye.mutiny.Uni;
import java.time.Instant;

/** ListParts. */
final class ListPartsHandler implements AnsweringHandler {
  private final HandlerContext context;

  ListPartsHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.LIST_PARTS;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    ListPartsInput input = ListPartsInput.decode(call.route(), call.head());
    return page(call, input).map(page -> output(call, input, page).encode());
  }

  private Uni<PartPage> page(S3Call call, ListPartsInput input) {
    ByteString key = ByteString.copyFromUtf8(input.key());
    if (input.maxParts() == 0) {
      return context
          .buckets()
          .query(
              call,
              bucket ->
                  Query.newBuilder()
                      .setGetUpload(
                          GetUpload.newBuilder()
                              .setBucketId(bucket.id())
                              .setKey(key)
                              .setUploadId(input.uploadId()))
                      .build())
          .map(answer -> PartPage.newBuilder().setUpload(answer.getUpload().getUpload()).build());
    }
    return context
        .buckets()
        .query(
            call,
            bucket ->
                Query.newBuilder()
                    .setListParts(
                        ListParts.newBuilder()
                            .setBucketId(bucket.id())
                            .setKey(key)
                            .setUploadId(input.uploadId())
                            .setAfter(input.partNumberMarker())
                            .setMax(input.maxParts()))
                    .build())
        .map(answer -> answer.getPartPage());
  }

  private static ListPartsOutput output(S3Call call, ListPartsInput input, PartPage page) {
    MultipartUpload upload = page.getUpload();
    return new ListPartsOutput(
        input,
        HandlerContext.owner(call, upload.getOwner()),
        Listings.storageClass(upload.getStorageClass()),
        ChecksumRecords.ofUpload(upload),
        page.getPartsList().stream().map(ListPartsHandler::part).toList(),
        page.getTruncated());
  }

  private static ListPartsOutput.Part part(UploadedPart part) {
    return new ListPartsOutput.Part(
        part.getNumber(),
        Instant.ofEpochMilli(part.getLastModifiedMs()),
        ETags.md5(part.getMd5().toByteArray()),
        part.getSize(),
        ChecksumRecords.firstValue(part.getChecksumsList()));
  }
}
