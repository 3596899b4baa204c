package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.http.WriteCondition;
import org.jspecify.annotations.Nullable;

/**
 * PutObject; the bytes come separately.
 *
 * @param checksum what the client declares for the bytes, or null
 * @param contentMd5 what the client declares for the bytes, or null
 */
public record PutObjectInput(
    String bucket,
    String key,
    ObjectMetadata metadata,
    String storageClass,
    WriteCondition condition,
    @Nullable DeclaredChecksum checksum,
    @Nullable ContentMd5 contentMd5) {

  /**
   * Reads a request.
   *
   * @throws S3Exception NotImplemented, InvalidStorageClass, InvalidRequest, InvalidDigest,
   *     MetadataTooLarge
   */
  public static PutObjectInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new PutObjectInput(
        request.requireBucket(),
        request.requireKey(),
        ObjectMetadata.of(head),
        StorageClasses.of(head),
        WriteConditions.of(head),
        DeclaredChecksum.parse(head),
        ContentMd5.parse(head));
  }
}
