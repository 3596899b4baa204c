package io.sluice.s3.checksum;

import io.sluice.s3.S3Exception;
import java.util.List;

/**
 * The checksum of an object that was uploaded in parts, made from those of its parts.
 *
 * @param value of the object
 * @param type how it was made
 * @param parts how many parts there were
 */
public record MultipartChecksum(ChecksumValue value, ChecksumType type, int parts) {

  /** A part's checksum and its length in bytes. */
  public record Part(ChecksumValue checksum, long lengthBytes) {}

  /**
   * Combines the checksums of parts, in their order.
   *
   * @throws IllegalArgumentException if there are no parts, if they are of another algorithm, or if
   *     the algorithm does not allow the type
   */
  public static MultipartChecksum of(
      ChecksumAlgorithm algorithm,
      ChecksumType type,
      List<Part> parts,
      StreamingChecksums checksums) {
    if (parts.isEmpty() || !algorithm.allows(type)) {
      throw new IllegalArgumentException(algorithm + " " + type + " of " + parts.size());
    }
    for (Part part : parts) {
      if (part.checksum.algorithm() != algorithm) {
        throw new IllegalArgumentException(part.checksum + " is not " + algorithm);
      }
    }
    ChecksumValue value =
        type == ChecksumType.COMPOSITE
            ? composite(algorithm, parts, checksums)
            : fullObject(algorithm, parts);
    return new MultipartChecksum(value, type, parts.size());
  }

  /** As AWS writes it: base64, and {@code -N} behind it if it is composite. */
  public String text() {
    return type == ChecksumType.COMPOSITE ? value.base64() + '-' + parts : value.base64();
  }

  /**
   * Compares with what a CompleteMultipartUpload declares for the whole object; a composite value
   * may come with or without its number of parts.
   *
   * @throws S3Exception {@code BadDigest}
   */
  public void check(String declared) {
    String text = declared.strip();
    if (!text.equals(text()) && !text.equals(value.base64())) {
      throw value.mismatch();
    }
  }

  private static ChecksumValue composite(
      ChecksumAlgorithm algorithm, List<Part> parts, StreamingChecksums checksums) {
    StreamingChecksum whole = checksums.start(algorithm);
    for (Part part : parts) {
      whole.update(part.checksum.bytes(), 0, algorithm.lengthBytes());
    }
    return whole.value();
  }

  private static ChecksumValue fullObject(ChecksumAlgorithm algorithm, List<Part> parts) {
    CrcCombiner combiner = CrcCombiner.of(algorithm);
    long crc = parts.get(0).checksum.crc();
    for (Part part : parts.subList(1, parts.size())) {
      crc = combiner.combine(crc, part.checksum.crc(), part.lengthBytes);
    }
    return ChecksumValue.ofCrc(algorithm, crc);
  }
}
