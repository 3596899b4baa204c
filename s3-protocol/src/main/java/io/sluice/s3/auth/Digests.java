package io.sluice.s3.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * SHA-256 and HMAC-SHA-256. Short texts share one digest and one Mac a thread: looking an algorithm
 * up costs more than hashing a request head. Any thread.
 */
public final class Digests {
  private static final HexFormat HEX = HexFormat.of();
  private static final ThreadLocal<MessageDigest> SHA256 =
      ThreadLocal.withInitial(Digests::newSha256);
  private static final ThreadLocal<Mac> HMAC = ThreadLocal.withInitial(Digests::newHmac);

  private Digests() {}

  /** One of the caller's own, for what comes in pieces. */
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static Mac newHmac() {
    try {
      return Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has HmacSHA256", impossible);
    }
  }

  /** Lower-case hex of the SHA-256. */
  public static String sha256Hex(byte[] data) {
    return HEX.formatHex(SHA256.get().digest(data));
  }

  static byte[] hmac(byte[] key, byte[] data) {
    try {
      Mac mac = HMAC.get();
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (InvalidKeyException impossible) {
      throw new IllegalStateException("any bytes are an HMAC key", impossible);
    }
  }

  static byte[] hmac(byte[] key, String text) {
    return hmac(key, text.getBytes(StandardCharsets.UTF_8));
  }

  static String hmacHex(byte[] key, String ascii) {
    return HEX.formatHex(hmac(key, ascii.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** Compares in a time that does not tell where two texts differ. */
  static boolean equal(String expected, String provided) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), provided.getBytes(StandardCharsets.UTF_8));
  }
}
