package io.sluice.s3.checksum;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The checksum algorithms of S3.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html">Checking
 *     object integrity</a>
 */
public enum ChecksumAlgorithm {
  CRC32("ChecksumCRC32", 4, ChecksumType.COMPOSITE),
  CRC32C("ChecksumCRC32C", 4, ChecksumType.COMPOSITE),
  CRC64NVME("ChecksumCRC64NVME", 8, ChecksumType.FULL_OBJECT),
  SHA1("ChecksumSHA1", 20, ChecksumType.COMPOSITE),
  SHA256("ChecksumSHA256", 32, ChecksumType.COMPOSITE);

  static final String HEADER_PREFIX = "x-amz-checksum-";

  private final String xmlName;
  private final int lengthBytes;
  private final ChecksumType defaultType;
  private final String headerName;

  ChecksumAlgorithm(String xmlName, int lengthBytes, ChecksumType defaultType) {
    this.xmlName = xmlName;
    this.lengthBytes = lengthBytes;
    this.defaultType = defaultType;
    this.headerName = HEADER_PREFIX + name().toLowerCase(Locale.ROOT);
  }

  /** As in {@code x-amz-checksum-algorithm} and {@code <ChecksumAlgorithm>}. */
  public String wireName() {
    return name();
  }

  /** {@code x-amz-checksum-crc32} and so on: a header, or a trailer. */
  public String headerName() {
    return headerName;
  }

  /** The XML element that holds a value: {@code ChecksumCRC32} and so on. */
  public String xmlName() {
    return xmlName;
  }

  /** The length of a value before base64. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** What a multipart upload gets that does not ask for a type. */
  public ChecksumType defaultType() {
    return defaultType;
  }

  /** Whether the checksums of parts can be combined into that of the whole: the CRCs. */
  public boolean combines() {
    return this == CRC32 || this == CRC32C || this == CRC64NVME;
  }

  /** Whether AWS takes this algorithm with that type for a multipart upload. */
  public boolean allows(ChecksumType type) {
    return type == ChecksumType.FULL_OBJECT ? combines() : this != CRC64NVME;
  }

  /**
   * The type of a multipart upload's checksum.
   *
   * @param asked null for the default
   * @throws S3Exception {@code InvalidRequest} if AWS does not pair the two
   */
  public ChecksumType typeFor(@Nullable ChecksumType asked) {
    if (asked == null) {
      return defaultType;
    }
    if (!allows(asked)) {
      throw new S3Exception(
          S3ErrorCode.INVALID_REQUEST,
          "The "
              + asked
              + " checksum type cannot be used with the "
              + name().toLowerCase(Locale.ROOT)
              + " checksum algorithm.");
    }
    return asked;
  }

  /**
   * Reads an algorithm's wire name, in any case as AWS does.
   *
   * @throws S3Exception {@code InvalidRequest}
   */
  public static ChecksumAlgorithm parse(String wireName) {
    for (ChecksumAlgorithm algorithm : values()) {
      if (algorithm.name().equalsIgnoreCase(wireName)) {
        return algorithm;
      }
    }
    throw new S3Exception(
        S3ErrorCode.INVALID_REQUEST,
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types:"
            + " [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  }

  /** The algorithm whose values stand in this header or trailer; null if none do. */
  public static @Nullable ChecksumAlgorithm ofHeader(String name) {
    for (ChecksumAlgorithm algorithm : values()) {
      if (algorithm.headerName.equalsIgnoreCase(name)) {
        return algorithm;
      }
    }
    return null;
  }
}
