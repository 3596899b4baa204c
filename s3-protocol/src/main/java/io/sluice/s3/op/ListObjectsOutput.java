package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of ListObjects.
 *
 * @param request what was asked for, which the answer repeats
 * @param nextMarker the last key or common prefix of a page that is not the last one; null
 *     otherwise. As at AWS it is only sent when there is a delimiter
 */
public record ListObjectsOutput(
    ListObjectsInput request,
    List<ListedObject> objects,
    List<String> commonPrefixes,
    @Nullable String nextMarker) {
  private static final String ROOT = "ListBucketResult";

  public S3Response encode() {
    boolean url = request.encodingUrl();
    XmlWriter xml = XmlWriter.document(ROOT, 1024 + ListedObject.XML_BYTES * objects.size());
    xml.element("Name", request.bucket())
        .element("Prefix", ListingEncoding.apply(url, request.prefix()))
        .element("Marker", ListingEncoding.apply(url, request.marker()));
    if (request.delimiter() != null || !endsAtNext()) {
      xml.optional("NextMarker", ListingEncoding.applyOptional(url, nextMarker));
    }
    xml.element("MaxKeys", request.maxKeys())
        .optional("Delimiter", ListingEncoding.applyOptional(url, request.delimiter()))
        .element("IsTruncated", nextMarker != null);
    if (url) {
      xml.element("EncodingType", "url");
    }
    for (ListedObject object : objects) {
      object.write(xml, url);
    }
    ListedObject.writePrefixes(xml, commonPrefixes, url);
    return S3Response.xml(xml.finish(ROOT));
  }

  /**
   * Whether the last key says where the next page begins, as clients assume without a delimiter.
   */
  private boolean endsAtNext() {
    return !objects.isEmpty() && objects.get(objects.size() - 1).key().equals(nextMarker);
  }
}
