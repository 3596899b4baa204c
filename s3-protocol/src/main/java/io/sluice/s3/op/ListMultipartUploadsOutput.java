package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.UploadChecksum;
import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of uploads.
 *
 * @param request what was asked for, which the answer repeats
 * @param uploads by key, then by time of initiation
 * @param next where the next page begins; null on the last one
 */
public record ListMultipartUploadsOutput(
    ListMultipartUploadsInput request,
    List<Upload> uploads,
    List<String> commonPrefixes,
    @Nullable Next next) {
  private static final String ROOT = "ListMultipartUploadsResult";

  /**
   * One upload that is neither completed nor aborted.
   *
   * @param owner also named as the initiator
   */
  public record Upload(
      String key,
      String uploadId,
      Owner owner,
      String storageClass,
      Instant initiated,
      @Nullable UploadChecksum checksum) {}

  /**
   * The last entry of a page.
   *
   * @param key or common prefix
   * @param uploadId empty for a common prefix
   */
  public record Next(String key, String uploadId) {}

  public S3Response encode() {
    boolean url = request.encodingUrl();
    XmlWriter xml = XmlWriter.document(ROOT, 1024 + 600 * uploads.size());
    xml.element("Bucket", request.bucket())
        .element("KeyMarker", ListingEncoding.apply(url, request.keyMarker()))
        .element("UploadIdMarker", request.uploadIdMarker());
    if (next != null) {
      xml.element("NextKeyMarker", ListingEncoding.apply(url, next.key()))
          .element("NextUploadIdMarker", next.uploadId());
    }
    xml.element("Prefix", ListingEncoding.apply(url, request.prefix()))
        .optional("Delimiter", ListingEncoding.applyOptional(url, request.delimiter()))
        .element("MaxUploads", request.maxUploads())
        .element("IsTruncated", next != null);
    if (url) {
      xml.element("EncodingType", "url");
    }
    uploads.forEach(upload -> write(xml, upload, url));
    ListedObject.writePrefixes(xml, commonPrefixes, url);
    return S3Response.xml(xml.finish(ROOT));
  }

  private static void write(XmlWriter xml, Upload upload, boolean url) {
    xml.open("Upload")
        .element("Key", ListingEncoding.apply(url, upload.key()))
        .element("UploadId", upload.uploadId());
    upload.owner().write(xml, "Initiator");
    upload.owner().write(xml, "Owner");
    xml.element("StorageClass", upload.storageClass()).element("Initiated", upload.initiated());
    if (upload.checksum() != null) {
      xml.element("ChecksumAlgorithm", upload.checksum().algorithm().wireName())
          .element("ChecksumType", upload.checksum().type().name());
    }
    xml.close("Upload");
  }
}
