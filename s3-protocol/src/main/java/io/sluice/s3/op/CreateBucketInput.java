package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.xml.XmlReader;
import org.jspecify.annotations.Nullable;

/**
 * CreateBucket.
 *
 * @param bucket follows the naming rules
 * @param locationConstraint null when the request names none
 */
public record CreateBucketInput(String bucket, @Nullable String locationConstraint) {
  /**
   * Reads a request.
   *
   * @param body empty, or a CreateBucketConfiguration
   * @throws S3Exception InvalidBucketName, MalformedXML, or NotImplemented for what cannot be
   *     configured
   */
  public static CreateBucketInput decode(RoutedRequest request, RequestHead head, byte[] body) {
    UnsupportedHeaders.refuse(head);
    String bucket = request.requireBucket();
    BucketNameRules.check(bucket);
    return new CreateBucketInput(bucket, body.length == 0 ? null : locationConstraint(body));
  }

  private static @Nullable String locationConstraint(byte[] body) {
    XmlReader xml = XmlReader.root(body, "CreateBucketConfiguration");
    String constraint = null;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "LocationConstraint" -> constraint = xml.token();
        case "Location", "Bucket" -> throw new S3Exception(S3ErrorCode.NOT_IMPLEMENTED);
        case "Tags" -> refuseTags(xml);
        default -> throw XmlReader.malformed();
      }
    }
    xml.end();
    return constraint == null || constraint.isEmpty() ? null : constraint;
  }

  /** An empty list asks for nothing. */
  private static void refuseTags(XmlReader xml) {
    if (xml.nextChild()) {
      throw new S3Exception(S3ErrorCode.NOT_IMPLEMENTED);
    }
  }

  /**
   * Refuses a bucket for another region than that of this store.
   *
   * @throws S3Exception IllegalLocationConstraintException
   */
  public void requireRegion(String region) {
    if (locationConstraint != null && !locationConstraint.equals(region)) {
      throw new S3Exception(
          S3ErrorCode.ILLEGAL_LOCATION_CONSTRAINT_EXCEPTION,
          "The "
              + locationConstraint
              + " location constraint is incompatible for the region specific endpoint this request"
              + " was sent to.");
    }
  }
}
