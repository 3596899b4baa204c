package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * ListObjects, the first version.
 *
 * @param prefix empty for all keys
 * @param delimiter null for none
 * @param marker keys (and common prefixes) after it are listed; empty for all
 * @param maxKeys 0 to 1,000, the default
 * @param encodingUrl whether keys are to be URL-encoded in the answer
 */
public record ListObjectsInput(
    String bucket,
    String prefix,
    @Nullable String delimiter,
    String marker,
    int maxKeys,
    boolean encodingUrl) {
  static final int KEYS_MAX = 1_000;

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument
   */
  public static ListObjectsInput decode(RoutedRequest request, RequestHead head) {
    QueryParameters query = request.query();
    return new ListObjectsInput(
        request.requireBucket(),
        Fields.orEmpty(query.get("prefix")),
        Fields.nonEmpty(query, "delimiter"),
        Fields.orEmpty(query.get("marker")),
        Fields.pageSize(query, "max-keys", KEYS_MAX),
        Fields.encodesUrl(query));
  }
}
