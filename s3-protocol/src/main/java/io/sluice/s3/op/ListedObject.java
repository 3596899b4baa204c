package io.sluice.s3.op;

import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object in ListObjects and ListObjectsV2.
 *
 * @param checksum only its algorithm and type are listed; null when it has none
 * @param owner null unless the listing shows owners
 */
public record ListedObject(
    String key,
    Instant lastModified,
    String etag,
    long size,
    String storageClass,
    @Nullable ObjectChecksum checksum,
    @Nullable Owner owner) {

  /** About how many bytes an object takes in a listing. */
  static final int XML_BYTES = 320;

  void write(XmlWriter xml, boolean url) {
    xml.open("Contents")
        .element("Key", ListingEncoding.apply(url, key))
        .element("LastModified", lastModified)
        .etag(etag);
    if (checksum != null) {
      xml.element("ChecksumAlgorithm", checksum.algorithm().wireName())
          .element("ChecksumType", checksum.type().name());
    }
    xml.element("Size", size);
    if (owner != null) {
      owner.write(xml, "Owner");
    }
    xml.element("StorageClass", storageClass).close("Contents");
  }

  /** Writes the groups of keys that a delimiter made. */
  static void writePrefixes(XmlWriter xml, List<String> prefixes, boolean url) {
    for (String prefix : prefixes) {
      xml.open("CommonPrefixes")
          .element("Prefix", ListingEncoding.apply(url, prefix))
          .close("CommonPrefixes");
    }
  }
}
