package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.xml.XmlReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * DeleteObjects.
 *
 * @param objects 1 to 1,000, in the order given; a key may come twice
 * @param quiet whether only errors are reported
 */
public record DeleteObjectsInput(String bucket, List<Target> objects, boolean quiet) {
  private static final int OBJECTS_MAX = 1_000;

  /**
   * One object to delete.
   *
   * @param key as given, not checked against {@link io.sluice.s3.ObjectKeyRules}: an unfit one is
   *     an error of this object, not of the request
   * @param versionId null for the current version
   * @param etag delete only if the object has it ({@code *}: only if there is one); null: always
   */
  public record Target(String key, @Nullable String versionId, @Nullable String etag) {}

  /**
   * Refuses a request whose body is not covered by a digest; the caller compares the digest with
   * the body before it decodes it.
   *
   * @throws S3Exception InvalidRequest
   */
  public static void requireDigest(
      @Nullable ContentMd5 contentMd5, @Nullable DeclaredChecksum checksum) {
    if (contentMd5 == null && checksum == null) {
      throw Fields.invalidRequest(
          "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
    }
  }

  /**
   * Reads a request.
   *
   * @throws S3Exception MalformedXML, also for none or more than 1,000 objects; NotImplemented
   */
  public static DeleteObjectsInput decode(RoutedRequest request, RequestHead head, byte[] body) {
    UnsupportedHeaders.refuse(head);
    XmlReader xml = XmlReader.root(body, "Delete");
    List<Target> objects = new ArrayList<>();
    boolean quiet = false;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Object" -> {
          if (objects.size() == OBJECTS_MAX) {
            throw XmlReader.malformed();
          }
          objects.add(target(xml));
        }
        case "Quiet" -> quiet = xml.flag();
        default -> throw XmlReader.malformed();
      }
    }
    xml.end();
    if (objects.isEmpty()) {
      throw XmlReader.malformed();
    }
    return new DeleteObjectsInput(request.requireBucket(), List.copyOf(objects), quiet);
  }

  private static Target target(XmlReader xml) {
    String key = null;
    String versionId = null;
    String etag = null;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Key" -> key = xml.text();
        case "VersionId" -> versionId = xml.token();
        case "ETag" -> etag = Fields.unquoted(xml.text());
        case "LastModifiedTime", "Size" -> throw Fields.notImplemented(xml.name());
        default -> throw XmlReader.malformed();
      }
    }
    if (key == null || key.isEmpty()) {
      throw XmlReader.malformed();
    }
    return new Target(key, versionId == null || versionId.isEmpty() ? null : versionId, etag);
  }
}
