package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * ListObjectVersions.
 *
 * @param prefix empty for all keys
 * @param delimiter null for none
 * @param keyMarker empty for all keys; otherwise those after it, or with a version marker the older
 *     versions of this one and those after it
 * @param versionIdMarker null for none
 * @param maxKeys 0 to 1,000, the default
 * @param encodingUrl whether keys are to be URL-encoded in the answer
 */
public record ListObjectVersionsInput(
    String bucket,
    String prefix,
    @Nullable String delimiter,
    String keyMarker,
    @Nullable String versionIdMarker,
    int maxKeys,
    boolean encodingUrl) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument
   */
  public static ListObjectVersionsInput decode(RoutedRequest request, RequestHead head) {
    QueryParameters query = request.query();
    String keyMarker = Fields.orEmpty(query.get("key-marker"));
    String versionIdMarker = query.get("version-id-marker");
    if (versionIdMarker != null && versionIdMarker.isEmpty()) {
      throw Fields.invalidArgument("A version-id marker cannot be empty.", "version-id-marker", "");
    }
    if (versionIdMarker != null && keyMarker.isEmpty()) {
      throw Fields.invalidArgument(
          "A version-id marker cannot be specified without a key marker.",
          "version-id-marker",
          versionIdMarker);
    }
    return new ListObjectVersionsInput(
        request.requireBucket(),
        Fields.orEmpty(query.get("prefix")),
        Fields.nonEmpty(query, "delimiter"),
        keyMarker,
        versionIdMarker,
        Fields.pageSize(query, "max-keys", ListObjectsInput.KEYS_MAX),
        Fields.encodesUrl(query));
  }
}
