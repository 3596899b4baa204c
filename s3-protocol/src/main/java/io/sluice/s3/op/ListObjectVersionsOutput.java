package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of ListObjectVersions.
 *
 * @param request what was asked for, which the answer repeats
 * @param versions by key, newest first
 * @param next where the next page begins; null on the last one
 */
public record ListObjectVersionsOutput(
    ListObjectVersionsInput request,
    List<ListedVersion> versions,
    List<String> commonPrefixes,
    @Nullable Next next) {
  private static final String ROOT = "ListVersionsResult";

  /**
   * The last entry of a page.
   *
   * @param key or common prefix
   * @param versionId null for a common prefix
   */
  public record Next(String key, @Nullable String versionId) {}

  public S3Response encode() {
    boolean url = request.encodingUrl();
    XmlWriter xml = XmlWriter.document(ROOT, 1024 + 2 * ListedObject.XML_BYTES * versions.size());
    xml.element("Name", request.bucket())
        .element("Prefix", ListingEncoding.apply(url, request.prefix()))
        .element("KeyMarker", ListingEncoding.apply(url, request.keyMarker()))
        .element("VersionIdMarker", Fields.orEmpty(request.versionIdMarker()));
    if (next != null) {
      xml.element("NextKeyMarker", ListingEncoding.apply(url, next.key()))
          .optional("NextVersionIdMarker", next.versionId());
    }
    xml.element("MaxKeys", request.maxKeys())
        .optional("Delimiter", ListingEncoding.applyOptional(url, request.delimiter()))
        .element("IsTruncated", next != null);
    if (url) {
      xml.element("EncodingType", "url");
    }
    for (ListedVersion version : versions) {
      version.write(xml, url);
    }
    ListedObject.writePrefixes(xml, commonPrefixes, url);
    return S3Response.xml(xml.finish(ROOT));
  }
}
