package io.sluice.gateway.object;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.GetObjectAttributesInput;
import io.sluice.s3.op.GetObjectAttributesOutput;
import io.sluice.s3.op.ObjectAttribute;
import io.sluice.storage.proto.PartRef;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GetObjectAttributes.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html">GetObjectAttributes</a>
 */
final class GetObjectAttributesHandler implements AnsweringHandler {
  private final ObjectReader reader;

  GetObjectAttributesHandler(ObjectReader reader) {
    this.reader = reader;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.GET_OBJECT_ATTRIBUTES;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    GetObjectAttributesInput input = GetObjectAttributesInput.decode(call.route(), call.head());
    return reader
        .find(
            call,
            input.key(),
            input.versionId(),
            input.attributes().contains(ObjectAttribute.OBJECT_PARTS))
        .map(object -> answer(input, object));
  }

  private static S3Response answer(GetObjectAttributesInput input, FoundObject object) {
    S3Response notModified = ReadConditions.check(input.conditions(), object);
    if (notModified != null) {
      return notModified;
    }
    Set<ObjectAttribute> wanted = input.attributes();
    return new GetObjectAttributesOutput(
            object.lastModified(),
            FoundObject.versionId(object.version()),
            wanted.contains(ObjectAttribute.ETAG) ? object.etag() : null,
            wanted.contains(ObjectAttribute.CHECKSUM) ? object.checksum() : null,
            wanted.contains(ObjectAttribute.OBJECT_PARTS) ? parts(input, object) : null,
            wanted.contains(ObjectAttribute.STORAGE_CLASS)
                ? object.version().getStorageClass()
                : null,
            wanted.contains(ObjectAttribute.OBJECT_SIZE) ? object.version().getSize() : null)
        .encode();
  }

  private static GetObjectAttributesOutput.@Nullable Parts parts(
      GetObjectAttributesInput input, FoundObject object) {
    int total = object.version().getPartCount();
    if (total == 0) {
      return null;
    }
    List<GetObjectAttributesOutput.Part> page = new ArrayList<>();
    boolean truncated = false;
    for (PartRef part : object.answer().getManifest().getParts().getPartsList()) {
      if (part.getNumber() <= input.partNumberMarker() || part.getChecksumsCount() == 0) {
        continue;
      }
      if (page.size() == input.maxParts()) {
        truncated = true;
        break;
      }
      page.add(
          new GetObjectAttributesOutput.Part(
              part.getNumber(),
              part.getSize(),
              ChecksumRecords.firstValue(part.getChecksumsList())));
    }
    return new GetObjectAttributesOutput.Parts(
        total, input.partNumberMarker(), input.maxParts(), truncated, page);
  }
}
