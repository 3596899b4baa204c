package io.sluice.gateway.object;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.PatientAnswer;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.pipe.Content;
import io.sluice.gateway.pipe.UploadedBody;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.http.ByteRange;
import io.sluice.s3.op.UploadPartCopyInput;
import io.sluice.s3.op.UploadPartCopyOutput;
import io.sluice.storage.proto.MultipartUpload;
import io.smallrye.mutiny.Uni;
import java.time.Instant;

/**
 * UploadPartCopy: the bytes are read and stored again.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html">UploadPartCopy</a>
 */
final class UploadPartCopyHandler implements AnsweringHandler {
  private final PartWriter parts;
  private final ObjectReader reader;
  private final ObjectPlane plane;

  UploadPartCopyHandler(HandlerContext context, ObjectReader reader, ObjectPlane plane) {
    this.parts = new PartWriter(context);
    this.reader = reader;
    this.plane = plane;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.UPLOAD_PART_COPY;
  }

  @Override
  public Uni<Void> handle(S3Call call) {
    return PatientAnswer.send(call, answer(call), PatientAnswer.PATIENCE);
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    UploadPartCopyInput input = UploadPartCopyInput.decode(call.route(), call.head());
    return parts
        .findUpload(call, input.key(), input.uploadId())
        .chain(
            upload ->
                reader
                    .findSource(call, input.source(), true)
                    .chain(source -> copy(call, input, upload, source)));
  }

  private Uni<S3Response> copy(
      S3Call call, UploadPartCopyInput input, MultipartUpload upload, FoundObject source) {
    input.sourceConditions().check(source.etag(), source.lastModified());
    Content content = content(input, source);
    CopySizes.check(content.length());
    return FutureUni.of(
            () ->
                plane
                    .copies()
                    .copy(
                        content,
                        PartWriter.algorithm(upload),
                        RoutingKeys.of(call.requireBucket(), input.key()),
                        call.exchange().context()))
        .chain(body -> commit(call, input, source, body));
  }

  private Content content(UploadPartCopyInput input, FoundObject source) {
    long size = source.version().getSize();
    if (input.sourceRange() == null) {
      return reader.content(source, 0, size);
    }
    ByteRange.Resolved range = ByteRange.ofCopySource(input.sourceRange(), size);
    return reader.content(source, range.first(), range.lengthBytes());
  }

  private Uni<S3Response> commit(
      S3Call call, UploadPartCopyInput input, FoundObject source, UploadedBody body) {
    return parts
        .commit(call, input.key(), input.uploadId(), input.partNumber(), body)
        .map(
            part ->
                new UploadPartCopyOutput(
                        body.etag(),
                        Instant.ofEpochMilli(part.getLastModifiedMs()),
                        body.checksum(),
                        FoundObject.versionId(source.version()))
                    .encode());
  }
}
