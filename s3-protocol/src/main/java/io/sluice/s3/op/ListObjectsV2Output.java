package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of ListObjectsV2.
 *
 * @param request what was asked for, which the answer repeats
 * @param lastKey the last key or common prefix of a page that is not the last one; null otherwise
 */
public record ListObjectsV2Output(
    ListObjectsV2Input request,
    List<ListedObject> objects,
    List<String> commonPrefixes,
    @Nullable String lastKey) {
  private static final String ROOT = "ListBucketResult";

  public S3Response encode() {
    boolean url = request.encodingUrl();
    XmlWriter xml = XmlWriter.document(ROOT, 1024 + ListedObject.XML_BYTES * objects.size());
    xml.element("Name", request.bucket())
        .element("Prefix", ListingEncoding.apply(url, request.prefix()))
        .optional("StartAfter", ListingEncoding.applyOptional(url, request.startAfter()))
        .optional("ContinuationToken", request.continuationToken());
    if (lastKey != null) {
      xml.element("NextContinuationToken", ContinuationToken.encode(lastKey));
    }
    xml.element("KeyCount", objects.size() + commonPrefixes.size())
        .element("MaxKeys", request.maxKeys())
        .optional("Delimiter", ListingEncoding.applyOptional(url, request.delimiter()))
        .element("IsTruncated", lastKey != null);
    if (url) {
      xml.element("EncodingType", "url");
    }
    for (ListedObject object : objects) {
      object.write(xml, url);
    }
    ListedObject.writePrefixes(xml, commonPrefixes, url);
    return S3Response.xml(xml.finish(ROOT));
  }
}
