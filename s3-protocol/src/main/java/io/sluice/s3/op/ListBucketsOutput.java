package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of buckets.
 *
 * @param prefix echoed; empty when none was asked for
 * @param lastName the last name of a page that is not the last one; null otherwise
 */
public record ListBucketsOutput(
    Owner owner, List<Bucket> buckets, String prefix, @Nullable String lastName) {
  private static final String ROOT = "ListAllMyBucketsResult";

  /** A bucket of the list. */
  public record Bucket(String name, Instant created, String region) {}

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT, 512 + 160 * buckets.size());
    owner.write(xml, "Owner");
    xml.open("Buckets");
    for (Bucket bucket : buckets) {
      xml.open("Bucket")
          .element("Name", bucket.name())
          .element("CreationDate", bucket.created())
          .element("BucketRegion", bucket.region())
          .close("Bucket");
    }
    xml.close("Buckets");
    if (!prefix.isEmpty()) {
      xml.element("Prefix", prefix);
    }
    if (lastName != null) {
      xml.element("ContinuationToken", ContinuationToken.encode(lastName));
    }
    return S3Response.xml(xml.finish(ROOT));
  }
}
