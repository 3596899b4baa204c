package io.sluice.s3.checksum;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** The {@code Content-MD5} that a client sent. Immutable. */
public final class ContentMd5 {
  private final byte[] md5;

  private ContentMd5(byte[] md5) {
    this.md5 = md5;
  }

  /**
   * Null if the header is not there.
   *
   * @throws S3Exception {@code InvalidDigest} if it is not the base64 of 16 bytes
   */
  public static @Nullable ContentMd5 parse(RequestHead head) {
    String header = head.header("content-md5");
    if (header == null) {
      return null;
    }
    byte[] md5 = ChecksumValue.strictBase64(header.strip(), 16);
    if (md5.length == 0) {
      throw new S3Exception(S3ErrorCode.INVALID_DIGEST).with("Content-MD5", header);
    }
    return new ContentMd5(md5);
  }

  /**
   * Compares with the MD5 of what came.
   *
   * @throws S3Exception {@code BadDigest}
   */
  public void check(byte[] computed) {
    if (!MessageDigest.isEqual(md5, computed)) {
      throw new S3Exception(
              S3ErrorCode.BAD_DIGEST,
              "The Content-MD5 you specified did not match what we received.")
          .with("ExpectedDigest", ETags.md5(md5))
          .with("CalculatedDigest", ETags.md5(computed));
    }
  }
}
