package io.sluice.gateway.object;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.pipe.BodyTerms;
import io.sluice.gateway.pipe.UploadedBody;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.gateway.record.ObjectRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.op.PutObjectInput;
import io.sluice.s3.op.PutObjectOutput;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.PutObject;
import io.smallrye.mutiny.Uni;

/**
 * PutObject: the body is stored first, then one command makes it an object. An upload without a
 * checksum gets a CRC64NVME, as at AWS.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html">PutObject</a>
 */
final class PutObjectHandler implements AnsweringHandler {
  private final HandlerContext context;
  private final ObjectPlane plane;

  PutObjectHandler(HandlerContext context, ObjectPlane plane) {
    this.context = context;
    this.plane = plane;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.PUT_OBJECT;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    PutObjectInput input = PutObjectInput.decode(call.route(), call.head());
    BodyTerms terms =
        BodyTerms.of(
            call.head(),
            call.payload(),
            input.contentMd5(),
            input.checksum(),
            ChecksumAlgorithm.CRC64NVME,
            RoutingKeys.of(call.requireBucket(), input.key()));
    return BodyUpload.store(call, plane.uploads(), terms).chain(body -> commit(call, input, body));
  }

  private Uni<S3Response> commit(S3Call call, PutObjectInput input, UploadedBody body) {
    PutObject.Builder put =
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8(input.key()))
            .setObject(object(call, input, body))
            .setPart(body.toPart())
            .setInlineData(body.inlineData())
            .setCondition(ObjectRecords.condition(input.condition()));
    return context
        .buckets()
        .submit(
            call,
            bucket -> Command.newBuilder().setPutObject(put.setBucketId(bucket.getId())).build())
        .map(outcome -> output(body, outcome.getObject()));
  }

  private static ObjectVersion object(S3Call call, PutObjectInput input, UploadedBody body) {
    ObjectVersion.Builder object =
        ObjectVersion.newBuilder()
            .setSize(body.size())
            .setEtag(body.etag())
            .setOwner(call.caller().accountId())
            .setStorageClass(input.storageClass())
            .setHeaders(ObjectRecords.headers(input.metadata()))
            .setInline(body.inline() != null);
    if (body.checksum() != null) {
      object.addChecksums(ChecksumRecords.whole(body.checksum()));
    }
    return object.build();
  }

  private static S3Response output(UploadedBody body, ObjectVersion object) {
    return new PutObjectOutput(
            body.etag(),
            ChecksumRecords.shown(body.toPart().getChecksumsList()),
            FoundObject.versionId(object))
        .encode();
  }
}
