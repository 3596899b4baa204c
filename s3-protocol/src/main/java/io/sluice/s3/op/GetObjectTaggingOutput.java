package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tags of an object.
 *
 * @param versionId null in a bucket that has never had versioning
 * @param tags by key, in the order in which they are listed
 */
public record GetObjectTaggingOutput(@Nullable String versionId, Map<String, String> tags) {
  private static final String ROOT = "Tagging";

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT).open("TagSet");
    tags.forEach(
        (key, value) -> xml.open("Tag").element("Key", key).element("Value", value).close("Tag"));
    return S3Response.xml(
        200,
        versionId == null ? Map.of() : Map.of("x-amz-version-id", versionId),
        xml.close("TagSet").finish(ROOT));
  }
}
