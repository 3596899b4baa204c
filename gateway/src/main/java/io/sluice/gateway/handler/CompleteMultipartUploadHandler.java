package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BufferedBody;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.gateway.record.ObjectRecords;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumType;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.op.CompleteMultipartUploadInput;
import io.sluice.s3.op.CompleteMultipartUploadInput.ExpectedChecksum;
import io.sluice.s3.op.CompleteMultipartUploadOutput;
import io.sluice.s3.op.CompletedPart;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.smallrye.mutiny.Uni;
import org.jspecify.annotations.Nullable;

/** CompleteMultipartUpload: one command that links the parts; no bytes move. */
final class CompleteMultipartUploadHandler implements AnsweringHandler {
  private final HandlerContext context;

  CompleteMultipartUploadHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.COMPLETE_MULTIPART_UPLOAD;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    RoutedRequest route = call.route();
    RequestHead head = call.head();
    return BufferedBody.decodeBesideChecksum(
            call, body -> CompleteMultipartUploadInput.decode(route, head, body))
        .chain(input -> complete(call, input));
  }

  private Uni<S3Response> complete(S3Call call, CompleteMultipartUploadInput input) {
    CompleteUpload.Builder complete =
        CompleteUpload.newBuilder()
            .setKey(ByteString.copyFromUtf8(input.key()))
            .setUploadId(input.uploadId())
            .setCondition(ObjectRecords.condition(input.condition()));
    input.parts().forEach(part -> complete.addParts(part(part)));
    if (input.checksum() != null) {
      complete.addExpectedChecksums(expected(input.checksum(), input.checksumType()));
    }
    if (input.objectSize() != null) {
      complete.setExpectedSize(input.objectSize() + 1);
    }
    return context
        .buckets()
        .submit(
            call,
            bucket ->
                Command.newBuilder()
                    .setCompleteUpload(complete.setBucketId(bucket.getId()))
                    .build())
        .map(outcome -> output(call, input, outcome.getObject()).encode());
  }

  private static ClientPart part(CompletedPart part) {
    ClientPart.Builder record =
        ClientPart.newBuilder().setNumber(part.number()).setEtag(part.etag());
    part.checksums().values().forEach(value -> record.addChecksums(ChecksumRecords.whole(value)));
    return record.build();
  }

  /**
   * {@code value-N} is a composite checksum; so is every one of an algorithm that cannot combine.
   */
  private static Checksum expected(ExpectedChecksum sent, @Nullable ChecksumType type) {
    int dash = sent.text().lastIndexOf('-');
    String base64 = dash < 0 ? sent.text() : sent.text().substring(0, dash);
    boolean composite = dash >= 0 || type == ChecksumType.COMPOSITE || !sent.algorithm().combines();
    return ChecksumRecords.of(
        ChecksumValue.parse(sent.algorithm(), base64),
        composite ? ChecksumType.COMPOSITE : ChecksumType.FULL_OBJECT,
        0);
  }

  private static CompleteMultipartUploadOutput output(
      S3Call call, CompleteMultipartUploadInput input, ObjectVersion object) {
    String host = call.head().header("host");
    return new CompleteMultipartUploadOutput(
        call.request().scheme() + "://" + (host == null ? "" : host) + call.head().rawPath(),
        input.bucket(),
        input.key(),
        object.getEtag(),
        ChecksumRecords.shown(object.getChecksumsList()),
        null);
  }
}
