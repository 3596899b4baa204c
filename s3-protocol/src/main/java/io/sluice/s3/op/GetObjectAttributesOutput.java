package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.http.HttpDates;
import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an object; those that were not asked for, or that it has not, are null.
 *
 * @param versionId null in a bucket that has never had versioning
 */
public record GetObjectAttributesOutput(
    Instant lastModified,
    @Nullable String versionId,
    @Nullable String etag,
    @Nullable ObjectChecksum checksum,
    @Nullable Parts parts,
    @Nullable String storageClass,
    @Nullable Long size) {
  private static final String ROOT = "GetObjectAttributesResponse";

  /**
   * The parts of an object that was uploaded in parts.
   *
   * @param total of the object, whatever the page
   * @param page empty unless the parts have checksums, as at AWS
   */
  public record Parts(
      int total, int partNumberMarker, int maxParts, boolean truncated, List<Part> page) {}

  /** One part. */
  public record Part(int number, long size, @Nullable ChecksumValue checksum) {}

  public S3Response encode() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Last-Modified", HttpDates.format(lastModified));
    if (versionId != null) {
      headers.put("x-amz-version-id", versionId);
    }
    // Here, and nowhere else in S3, the ETag stands without quotes.
    XmlWriter xml = XmlWriter.document(ROOT).optional("ETag", etag);
    if (checksum != null) {
      xml.open("Checksum");
      checksum.addElements(xml);
      xml.close("Checksum");
    }
    if (parts != null) {
      write(xml, parts);
    }
    xml.optional("StorageClass", storageClass);
    if (size != null) {
      xml.element("ObjectSize", size);
    }
    return S3Response.xml(200, headers, xml.finish(ROOT));
  }

  private static void write(XmlWriter xml, Parts parts) {
    xml.open("ObjectParts").element("PartsCount", parts.total());
    if (!parts.page().isEmpty()) {
      xml.element("PartNumberMarker", parts.partNumberMarker())
          .element("NextPartNumberMarker", parts.page().get(parts.page().size() - 1).number())
          .element("MaxParts", parts.maxParts())
          .element("IsTruncated", parts.truncated());
    }
    for (Part part : parts.page()) {
      xml.open("Part").element("PartNumber", part.number()).element("Size", part.size());
      if (part.checksum() != null) {
        xml.element(part.checksum().algorithm().xmlName(), part.checksum().base64());
      }
      xml.close("Part");
    }
    xml.close("ObjectParts");
  }
}
