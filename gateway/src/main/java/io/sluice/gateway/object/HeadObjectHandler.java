package io.sluice.gateway.object;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.HeadObjectInput;
import io.sluice.s3.op.HeadObjectOutput;
import io.smallrye.mutiny.Uni;

/**
 * HeadObject.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html">HeadObject</a>
 */
final class HeadObjectHandler implements AnsweringHandler {
  private final ObjectReader reader;

  HeadObjectHandler(ObjectReader reader) {
    this.reader = reader;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.HEAD_OBJECT;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    HeadObjectInput input = HeadObjectInput.decode(call.route(), call.head());
    // Only the manifest knows where parts begin.
    return reader
        .findWithReplication(call, input.key(), input.versionId(), input.partNumber() != null)
        .map(object -> answer(input, object));
  }

  private static S3Response answer(HeadObjectInput input, FoundObject object) {
    S3Response notModified = ReadConditions.check(input.conditions(), object);
    if (notModified != null) {
      return notModified;
    }
    RequestedBytes bytes = RequestedBytes.of(object, input.partNumber(), input.range());
    return new HeadObjectOutput(
            object.describe(input.wantsChecksum() ? bytes.checksum() : null, bytes.partsCount()),
            input.overrides(),
            bytes.length(),
            bytes.contentRange())
        .encode();
  }
}
