package io.sluice.gateway.pipe;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.chunked.AwsChunkedDecoder;
import org.jspecify.annotations.Nullable;

/**
 * What an upload's body must live up to, and what is computed of it.
 *
 * @param payloadBytes how long it is, without aws-chunked framing
 * @param decoder takes the aws-chunked framing off; null when there is none
 * @param signing what the signature says of the payload; null for bytes that are our own
 * @param contentMd5 declared by the client, or null
 * @param declared checksum declared by the client, or null
 * @param algorithm of the checksum to compute, declared or not; null for none
 * @param routingKey what is stored, for balancing policies that care
 */
public record BodyTerms(
    long payloadBytes,
    @Nullable AwsChunkedDecoder decoder,
    @Nullable PayloadSigning signing,
    @Nullable ContentMd5 contentMd5,
    @Nullable DeclaredChecksum declared,
    @Nullable ChecksumAlgorithm algorithm,
    long routingKey) {
  /** The longest body that one request may bring, as in AWS. */
  public static final long PAYLOAD_BYTES_MAX = 5L << 30;

  /**
   * Reads the terms of a request.
   *
   * @param fallback the checksum to compute when the client declares none, or null
   * @throws S3Exception MissingContentLength, InvalidArgument, EntityTooLarge
   */
  public static BodyTerms of(
      RequestHead head,
      PayloadSigning signing,
      @Nullable ContentMd5 contentMd5,
      @Nullable DeclaredChecksum declared,
      @Nullable ChecksumAlgorithm fallback,
      long routingKey) {
    boolean streaming = signing.kind().streaming();
    long payloadBytes = streaming ? AwsChunkedDecoder.decodedLength(head) : contentLength(head);
    if (payloadBytes > PAYLOAD_BYTES_MAX) {
      throw new S3Exception(S3ErrorCode.ENTITY_TOO_LARGE)
          .with("ProposedSize", Long.toString(payloadBytes))
          .with("MaxSizeAllowed", Long.toString(PAYLOAD_BYTES_MAX));
    }
    return new BodyTerms(
        payloadBytes,
        streaming ? AwsChunkedDecoder.forRequest(head, signing) : null,
        signing,
        contentMd5,
        declared,
        declared == null ? fallback : declared.algorithm(),
        routingKey);
  }

  /** The terms of bytes that were verified when they were stored, and are copied. */
  static BodyTerms ofCopy(
      long payloadBytes, @Nullable ChecksumAlgorithm algorithm, long routingKey) {
    return new BodyTerms(payloadBytes, null, null, null, null, algorithm, routingKey);
  }

  private static long contentLength(RequestHead head) {
    String length = head.header("content-length");
    if (length == null) {
      throw new S3Exception(S3ErrorCode.MISSING_CONTENT_LENGTH);
    }
    try {
      return Long.parseLong(length.strip());
    } catch (NumberFormatException e) {
      throw new S3Exception(S3ErrorCode.INVALID_ARGUMENT, "Content-Length is not a number.")
          .with("ArgumentName", "Content-Length")
          .with("ArgumentValue", length);
    }
  }
}
