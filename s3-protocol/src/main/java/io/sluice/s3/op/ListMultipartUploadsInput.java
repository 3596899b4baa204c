package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * ListMultipartUploads.
 *
 * @param prefix empty for all keys
 * @param delimiter null for none
 * @param keyMarker empty for all keys; otherwise those after it, or with an upload marker the later
 *     uploads of this one and those after it
 * @param uploadIdMarker empty for none; ignored by AWS without a key marker
 * @param maxUploads 0 to 1,000, the default
 * @param encodingUrl whether keys are to be URL-encoded in the answer
 */
public record ListMultipartUploadsInput(
    String bucket,
    String prefix,
    @Nullable String delimiter,
    String keyMarker,
    String uploadIdMarker,
    int maxUploads,
    boolean encodingUrl) {
  private static final int UPLOADS_MAX = 1_000;

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument
   */
  public static ListMultipartUploadsInput decode(RoutedRequest request, RequestHead head) {
    QueryParameters query = request.query();
    String keyMarker = Fields.orEmpty(query.get("key-marker"));
    return new ListMultipartUploadsInput(
        request.requireBucket(),
        Fields.orEmpty(query.get("prefix")),
        Fields.nonEmpty(query, "delimiter"),
        keyMarker,
        keyMarker.isEmpty() ? "" : Fields.orEmpty(query.get("upload-id-marker")),
        Fields.pageSize(query, "max-uploads", UPLOADS_MAX),
        Fields.encodesUrl(query));
  }
}
