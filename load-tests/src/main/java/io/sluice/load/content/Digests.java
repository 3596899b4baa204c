package io.sluice.load.content;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** MD5 as S3's ETags use it. */
public final class Digests {

  private Digests() {}

  public static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }

  /** The quoted ETag of a plain upload. */
  public static String etag(byte[] body) {
    return '"' + HexFormat.of().formatHex(md5().digest(body)) + '"';
  }

  /**
   * The quoted ETag of a multipart upload whose parts are {@code partSize} bytes, the last one what
   * remains.
   */
  public static String multipartEtag(byte[] body, int partSize) {
    MessageDigest ofParts = md5();
    int parts = 0;
    for (int offset = 0; offset < body.length; offset += partSize) {
      MessageDigest part = md5();
      part.update(body, offset, Math.min(partSize, body.length - offset));
      ofParts.update(part.digest());
      parts++;
    }
    return '"' + HexFormat.of().formatHex(ofParts.digest()) + '-' + parts + '"';
  }
}
