package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.http.Preconditions;
import io.sluice.s3.http.WriteCondition;
import org.jspecify.annotations.Nullable;

/**
 * CopyObject.
 *
 * @param sourceConditions what must hold of the source
 * @param metadata in place of the source's; null to take over what the source has
 * @param storageClass of the copy
 * @param checksumAlgorithm to compute for the copy; null to take over the source's checksum
 * @param condition what must hold of the destination
 */
public record CopyObjectInput(
    String bucket,
    String key,
    CopySource source,
    Preconditions sourceConditions,
    @Nullable ObjectMetadata metadata,
    String storageClass,
    @Nullable ChecksumAlgorithm checksumAlgorithm,
    WriteCondition condition) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument; InvalidRequest for a copy onto itself that changes
   *     nothing; NotImplemented
   */
  public static CopyObjectInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    CopySource source = CopySource.of(head);
    boolean replaces = replacesMetadata(head);
    String bucket = request.requireBucket();
    String key = request.requireKey();
    if (!replaces
        && source.versionId() == null
        && head.header("x-amz-storage-class") == null
        && source.bucket().equals(bucket)
        && source.key().equals(key)) {
      throw Fields.invalidRequest(
          "This copy request is illegal because it is trying to copy an object to itself without"
              + " changing the object's metadata, storage class, website redirect location or"
              + " encryption attributes.");
    }
    return new CopyObjectInput(
        bucket,
        key,
        source,
        Preconditions.ofCopySource(head),
        replaces ? ObjectMetadata.of(head) : null,
        StorageClasses.of(head),
        Fields.checksumAlgorithm(head),
        WriteConditions.of(head));
  }

  private static boolean replacesMetadata(RequestHead head) {
    String directive = Fields.header(head, "x-amz-metadata-directive");
    if (directive == null || directive.equals("COPY")) {
      return false;
    }
    if (directive.equals("REPLACE")) {
      return true;
    }
    throw Fields.invalidArgument(
        "Unknown metadata directive.", "x-amz-metadata-directive", directive);
  }
}
