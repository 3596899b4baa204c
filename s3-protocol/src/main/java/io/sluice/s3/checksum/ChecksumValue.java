package io.sluice.s3.checksum;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/** A checksum: an algorithm and its result. Immutable. */
public final class ChecksumValue {
  private final ChecksumAlgorithm algorithm;
  private final byte[] bytes;

  /**
   * @param bytes big-endian for the CRCs; copied
   * @throws IllegalArgumentException if the length is not the algorithm's
   */
  public ChecksumValue(ChecksumAlgorithm algorithm, byte[] bytes) {
    if (bytes.length != algorithm.lengthBytes()) {
      throw new IllegalArgumentException(algorithm + " of " + bytes.length + " bytes");
    }
    this.algorithm = algorithm;
    this.bytes = bytes.clone();
  }

  /** The value of a CRC, in its low bits. */
  public static ChecksumValue ofCrc(ChecksumAlgorithm algorithm, long crc) {
    byte[] bytes = new byte[algorithm.lengthBytes()];
    for (int i = bytes.length - 1; i >= 0; i--) {
      bytes[i] = (byte) crc;
      crc >>>= 8;
    }
    return new ChecksumValue(algorithm, bytes);
  }

  /**
   * Reads the base64 of a header or trailer.
   *
   * @throws S3Exception {@code InvalidRequest} if it is not strict base64 of the right length
   */
  public static ChecksumValue parse(ChecksumAlgorithm algorithm, String base64) {
    byte[] bytes = strictBase64(base64, algorithm.lengthBytes());
    if (bytes.length == 0) {
      throw new S3Exception(
          S3ErrorCode.INVALID_REQUEST,
          "Value for " + algorithm.headerName() + " header is invalid.");
    }
    return new ChecksumValue(algorithm, bytes);
  }

  /** The bytes, or none if the text is not the one base64 spelling of so many bytes. */
  static byte[] strictBase64(String base64, int lengthBytes) {
    if (base64.length() != (lengthBytes + 2) / 3 * 4) {
      return new byte[0];
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      // The decoder ignores stray bits in the last character; a second spelling is not the same.
      return bytes.length == lengthBytes && Base64.getEncoder().encodeToString(bytes).equals(base64)
          ? bytes
          : new byte[0];
    } catch (IllegalArgumentException notBase64) {
      return new byte[0];
    }
  }

  public ChecksumAlgorithm algorithm() {
    return algorithm;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** As in headers, trailers and XML. */
  public String base64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * Compares what a client declared with what was computed.
   *
   * @throws S3Exception {@code BadDigest}
   */
  public void check(ChecksumValue computed) {
    if (!equals(computed)) {
      throw new S3Exception(
          S3ErrorCode.BAD_DIGEST,
          "The " + algorithm + " you specified did not match the calculated checksum.");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChecksumValue that
        && algorithm == that.algorithm
        && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * algorithm.hashCode() + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return algorithm + ":" + base64();
  }
}
