package io.sluice.s3.op;

import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A version or delete marker in ListObjectVersions.
 *
 * @param versionId {@code null} (the word) for what was written without versioning
 * @param content null for a delete marker
 */
public record ListedVersion(
    String key,
    String versionId,
    boolean latest,
    Instant lastModified,
    Owner owner,
    @Nullable Content content) {

  /** What a version has and a delete marker has not. */
  public record Content(
      String etag, long size, String storageClass, @Nullable ObjectChecksum checksum) {}

  void write(XmlWriter xml, boolean url) {
    String element = content == null ? "DeleteMarker" : "Version";
    xml.open(element)
        .element("Key", ListingEncoding.apply(url, key))
        .element("VersionId", versionId)
        .element("IsLatest", latest)
        .element("LastModified", lastModified);
    if (content != null) {
      write(xml, content);
    }
    owner.write(xml, "Owner");
    if (content != null) {
      xml.element("StorageClass", content.storageClass());
    }
    xml.close(element);
  }

  private static void write(XmlWriter xml, Content content) {
    xml.etag(content.etag());
    if (content.checksum() != null) {
      xml.element("ChecksumAlgorithm", content.checksum().algorithm().wireName())
          .element("ChecksumType", content.checksum().type().name());
    }
    xml.element("Size", content.size());
  }
}
