package io.sluice.s3.checksum;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** ETags as S3 makes them, without their quotes. */
public final class ETags {
  private ETags() {}

  /** Of an object put in one piece: its MD5 in hex. */
  public static String md5(byte[] md5) {
    return HexFormat.of().formatHex(md5);
  }

  /** Of an object put in parts: the MD5 of the parts' MD5s, and how many there are. */
  public static String multipart(List<byte[]> partMd5s) {
    MessageDigest whole = newMd5();
    for (byte[] md5 : partMd5s) {
      whole.update(md5);
    }
    return md5(whole.digest()) + '-' + partMd5s.size();
  }

  /** A fresh MD5. */
  public static MessageDigest newMd5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has MD5", impossible);
    }
  }
}
