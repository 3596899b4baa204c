package io.sluice.gateway.object;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.pipe.BodyTerms;
import io.sluice.gateway.pipe.UploadedBody;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.op.UploadPartInput;
import io.sluice.s3.op.UploadPartOutput;
import io.sluice.storage.proto.MultipartUpload;
import io.smallrye.mutiny.Uni;
import java.util.Locale;

/**
 * UploadPart. The upload is looked up before the body is read: gigabytes for one that is not there
 * are refused at once, and its checksum algorithm is known.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html">UploadPart</a>
 */
final class UploadPartHandler implements AnsweringHandler {
  private final PartWriter parts;
  private final ObjectPlane plane;

  UploadPartHandler(HandlerContext context, ObjectPlane plane) {
    this.parts = new PartWriter(context);
    this.plane = plane;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.UPLOAD_PART;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    UploadPartInput input = UploadPartInput.decode(call.route(), call.head());
    return parts
        .findUpload(call, input.key(), input.uploadId())
        .chain(upload -> BodyUpload.store(call, plane.uploads(), terms(call, input, upload)))
        .chain(
            body ->
                parts
                    .commit(call, input.key(), input.uploadId(), input.partNumber(), body)
                    .map(part -> output(body)));
  }

  private static BodyTerms terms(S3Call call, UploadPartInput input, MultipartUpload upload) {
    ChecksumAlgorithm ofUpload = ChecksumRecords.algorithm(upload.getChecksumAlgorithm());
    if (input.checksum() != null && ofUpload != null && input.checksum().algorithm() != ofUpload) {
      throw new S3Exception(
          S3ErrorCode.INVALID_REQUEST,
          "Checksum Type mismatch occurred, expected checksum Type: "
              + ofUpload.wireName().toLowerCase(Locale.ROOT)
              + ", actual checksum Type: "
              + input.checksum().algorithm().wireName().toLowerCase(Locale.ROOT));
    }
    return BodyTerms.of(
        call.head(),
        call.payload(),
        input.contentMd5(),
        input.checksum(),
        PartWriter.algorithm(upload),
        RoutingKeys.of(call.requireBucket(), input.key()));
  }

  private static S3Response output(UploadedBody body) {
    return new UploadPartOutput(body.etag(), body.checksum()).encode();
  }
}
