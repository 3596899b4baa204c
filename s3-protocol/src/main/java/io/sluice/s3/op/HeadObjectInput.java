package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.ByteRange;
import io.sluice.s3.http.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * HeadObject.
 *
 * @param versionId null for the current version
 * @param partNumber 1 to 10,000: only this part; null for the whole object
 * @param range null for all bytes
 * @param wantsChecksum {@code x-amz-checksum-mode: ENABLED}
 */
public record HeadObjectInput(
    String bucket,
    String key,
    @Nullable String versionId,
    @Nullable Integer partNumber,
    @Nullable ByteRange range,
    Preconditions conditions,
    ResponseOverrides overrides,
    boolean wantsChecksum) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument; InvalidRequest for a range together with a part number, or
   *     overrides in a request that is not signed; NotImplemented
   */
  public static HeadObjectInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    QueryParameters query = request.query();
    Integer partNumber = Fields.optionalPartNumber(query);
    ByteRange range = ByteRange.parse(head.header("range"));
    if (partNumber != null && range != null) {
      throw Fields.invalidRequest(
          "Cannot specify both Range header and partNumber query parameter");
    }
    return new HeadObjectInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.versionId(query),
        partNumber,
        range,
        Preconditions.ofRead(head),
        ResponseOverrides.of(query, head),
        Fields.wantsChecksum(head));
  }
}
