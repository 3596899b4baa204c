package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * ListObjectsV2.
 *
 * @param prefix empty for all keys
 * @param delimiter null for none
 * @param continuationToken as sent, to be repeated; null on the first page
 * @param startAfter as sent, to be repeated; null when absent
 * @param maxKeys 0 to 1,000, the default
 * @param fetchOwner whether owners are to be listed
 * @param encodingUrl whether keys are to be URL-encoded in the answer
 */
public record ListObjectsV2Input(
    String bucket,
    String prefix,
    @Nullable String delimiter,
    @Nullable String continuationToken,
    @Nullable String startAfter,
    int maxKeys,
    boolean fetchOwner,
    boolean encodingUrl) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument
   */
  public static ListObjectsV2Input decode(RoutedRequest request, RequestHead head) {
    QueryParameters query = request.query();
    // Decoded to have it checked; the answer repeats it as it came.
    ContinuationToken.decode(query, "continuation-token");
    return new ListObjectsV2Input(
        request.requireBucket(),
        Fields.orEmpty(query.get("prefix")),
        Fields.nonEmpty(query, "delimiter"),
        query.get("continuation-token"),
        Fields.nonEmpty(query, "start-after"),
        Fields.pageSize(query, "max-keys", ListObjectsInput.KEYS_MAX),
        "true".equalsIgnoreCase(query.get("fetch-owner")),
        Fields.encodesUrl(query));
  }

  /**
   * Keys (and common prefixes) after this one are listed; empty for all. A token beats start-after.
   */
  public String after() {
    if (continuationToken != null) {
      return ContinuationToken.decode(continuationToken);
    }
    return Fields.orEmpty(startAfter);
  }
}
