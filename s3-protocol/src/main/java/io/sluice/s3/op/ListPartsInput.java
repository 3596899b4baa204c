package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;

/**
 * ListParts.
 *
 * @param partNumberMarker parts with greater numbers are listed; 0 for all
 * @param maxParts 0 to 1,000, the default
 * @param encodingUrl whether the key is to be URL-encoded in the answer
 */
public record ListPartsInput(
    String bucket,
    String key,
    String uploadId,
    int partNumberMarker,
    int maxParts,
    boolean encodingUrl) {
  private static final int PARTS_MAX = 1_000;

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument, NoSuchUpload, NotImplemented
   */
  public static ListPartsInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    QueryParameters query = request.query();
    String marker = Fields.nonEmpty(query, "part-number-marker");
    return new ListPartsInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.uploadId(query),
        marker == null ? 0 : Fields.notNegative("part-number-marker", marker),
        Fields.pageSize(query, "max-parts", PARTS_MAX),
        Fields.encodesUrl(query));
  }
}
