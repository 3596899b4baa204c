package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.UploadChecksum;
import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of parts.
 *
 * @param request what was asked for, which the answer repeats
 * @param owner also named as the initiator
 * @param checksum of the upload, or null
 */
public record ListPartsOutput(
    ListPartsInput request,
    Owner owner,
    String storageClass,
    @Nullable UploadChecksum checksum,
    List<Part> parts,
    boolean truncated) {
  private static final String ROOT = "ListPartsResult";

  /** One part. */
  public record Part(
      int number, Instant lastModified, String etag, long size, @Nullable ChecksumValue checksum) {}

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT, 1024 + 240 * parts.size());
    xml.element("Bucket", request.bucket())
        .element("Key", ListingEncoding.apply(request.encodingUrl(), request.key()))
        .element("UploadId", request.uploadId());
    owner.write(xml, "Initiator");
    owner.write(xml, "Owner");
    int last = parts.isEmpty() ? 0 : parts.get(parts.size() - 1).number();
    xml.element("StorageClass", storageClass)
        .element("PartNumberMarker", request.partNumberMarker())
        .element("NextPartNumberMarker", last)
        .element("MaxParts", request.maxParts())
        .element("IsTruncated", truncated);
    if (request.encodingUrl()) {
      xml.element("EncodingType", "url");
    }
    if (checksum != null) {
      xml.element("ChecksumAlgorithm", checksum.algorithm().wireName())
          .element("ChecksumType", checksum.type().name());
    }
    parts.forEach(part -> write(xml, part));
    return S3Response.xml(xml.finish(ROOT));
  }

  private static void write(XmlWriter xml, Part part) {
    xml.open("Part")
        .element("PartNumber", part.number())
        .element("LastModified", part.lastModified())
        .etag(part.etag())
        .element("Size", part.size());
    if (part.checksum() != null) {
      xml.element(part.checksum().algorithm().xmlName(), part.checksum().base64());
    }
    xml.close("Part");
  }
}
