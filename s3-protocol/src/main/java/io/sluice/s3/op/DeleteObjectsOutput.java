package io.sluice.s3.op;

import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of each object.
 *
 * @param quiet leaves out those that were deleted
 */
public record DeleteObjectsOutput(List<Deleted> deleted, List<Failed> failed, boolean quiet) {
  private static final String ROOT = "DeleteResult";

  /**
   * An object that is gone, or was not there.
   *
   * @param versionId as the request named it, or null
   * @param deleteMarkerVersionId of the delete marker that was made or deleted, or null
   */
  public record Deleted(
      String key, @Nullable String versionId, @Nullable String deleteMarkerVersionId) {}

  /** An object that is still there. */
  public record Failed(String key, @Nullable String versionId, S3Exception error) {}

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT, 256 + 100 * (deleted.size() + failed.size()));
    if (!quiet) {
      deleted.forEach(object -> write(xml, object));
    }
    for (Failed object : failed) {
      xml.open("Error")
          .element("Key", object.key())
          .optional("VersionId", object.versionId())
          .element("Code", object.error().code().wireName())
          .element("Message", object.error().message())
          .close("Error");
    }
    return S3Response.xml(xml.finish(ROOT));
  }

  private static void write(XmlWriter xml, Deleted object) {
    xml.open("Deleted").element("Key", object.key()).optional("VersionId", object.versionId());
    if (object.deleteMarkerVersionId() != null) {
      xml.element("DeleteMarker", true)
          .element("DeleteMarkerVersionId", object.deleteMarkerVersionId());
    }
    xml.close("Deleted");
  }
}
