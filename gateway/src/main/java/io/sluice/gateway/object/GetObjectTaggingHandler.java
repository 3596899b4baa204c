package io.sluice.gateway.object;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.GetObjectTaggingInput;
import io.sluice.s3.op.GetObjectTaggingOutput;
import io.smallrye.mutiny.Uni;
import java.util.Map;

/**
 * GetObjectTagging. Every request that would set tags is refused, so no object has any; the AWS CLI
 * and SDKs ask before they copy an object in parts.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html">GetObjectTagging</a>
 */
final class GetObjectTaggingHandler implements AnsweringHandler {
  private final ObjectReader reader;

  GetObjectTaggingHandler(ObjectReader reader) {
    this.reader = reader;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.GET_OBJECT_TAGGING;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    GetObjectTaggingInput input = GetObjectTaggingInput.decode(call.route(), call.head());
    return reader
        .find(call, input.key(), input.versionId(), false)
        .map(
            object ->
                new GetObjectTaggingOutput(FoundObject.versionId(object.version()), Map.of())
                    .encode());
  }
}
