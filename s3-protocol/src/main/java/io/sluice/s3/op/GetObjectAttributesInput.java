package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.Preconditions;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GetObjectAttributes.
 *
 * @param versionId null for the current version
 * @param attributes at least one
 * @param maxParts 0 to 1,000, the default
 * @param partNumberMarker parts with greater numbers are listed; 0 for all
 */
public record GetObjectAttributesInput(
    String bucket,
    String key,
    @Nullable String versionId,
    Set<ObjectAttribute> attributes,
    int maxParts,
    int partNumberMarker,
    Preconditions conditions) {
  private static final String HEADER = "x-amz-object-attributes";
  private static final int PARTS_MAX = 1_000;

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument, InvalidRequest without attributes, NotImplemented
   */
  public static GetObjectAttributesInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    String marker = Fields.header(head, "x-amz-part-number-marker");
    return new GetObjectAttributesInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.versionId(request.query()),
        attributes(head),
        Fields.pageSize(head, "x-amz-max-parts", PARTS_MAX),
        marker == null ? 0 : Fields.notNegative("x-amz-part-number-marker", marker),
        Preconditions.ofRead(head));
  }

  private static Set<ObjectAttribute> attributes(RequestHead head) {
    Set<ObjectAttribute> attributes = EnumSet.noneOf(ObjectAttribute.class);
    for (String line : head.headers(HEADER)) {
      for (String name : line.split(",", -1)) {
        if (!name.isBlank()) {
          attributes.add(attribute(name.strip()));
        }
      }
    }
    if (attributes.isEmpty()) {
      throw Fields.invalidRequest(
          "The x-amz-object-attributes header specifying the attributes to be retrieved is either"
              + " missing or empty");
    }
    return Collections.unmodifiableSet(attributes);
  }

  private static ObjectAttribute attribute(String name) {
    for (ObjectAttribute attribute : ObjectAttribute.values()) {
      if (attribute.wireName().equals(name)) {
        return attribute;
      }
    }
    throw Fields.invalidArgument("Invalid attribute name specified.", HEADER, name);
  }
}
