package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * ListBuckets.
 *
 * @param maxBuckets 1 to 10,000, the default
 * @param after the name behind which the page begins, from a continuation token; null at the start
 * @param prefix empty for all buckets
 * @param bucketRegion null for all regions
 */
public record ListBucketsInput(
    int maxBuckets, @Nullable String after, String prefix, @Nullable String bucketRegion) {
  private static final int MAX = 10_000;

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument
   */
  public static ListBucketsInput decode(RoutedRequest request, RequestHead head) {
    QueryParameters query = request.query();
    int max = Fields.pageSize(query, "max-buckets", MAX);
    if (max == 0) {
      throw Fields.invalidArgument(
          "Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "0");
    }
    return new ListBucketsInput(
        max,
        ContinuationToken.decode(query, "continuation-token"),
        Fields.orEmpty(query.get("prefix")),
        Fields.nonEmpty(query, "bucket-region"));
  }
}
