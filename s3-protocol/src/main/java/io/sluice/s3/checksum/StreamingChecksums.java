package io.sluice.s3.checksum;

/**
 * Makes checksums. The gateway may hand in one that knows faster (native) implementations; what it
 * makes must agree with {@link #jdk} in every value. Safe for use by many threads.
 */
@FunctionalInterface
public interface StreamingChecksums {
  StreamingChecksum start(ChecksumAlgorithm algorithm);

  /** Those of the JDK, and CRC64NVME in Java. */
  static StreamingChecksums jdk() {
    return algorithm ->
        switch (algorithm) {
          case CRC32 -> new CrcChecksum(algorithm, new java.util.zip.CRC32());
          case CRC32C -> new CrcChecksum(algorithm, new java.util.zip.CRC32C());
          case CRC64NVME -> new CrcChecksum(algorithm, new Crc64Nvme());
          case SHA1 -> new DigestChecksum(algorithm, "SHA-1");
          case SHA256 -> new DigestChecksum(algorithm, "SHA-256");
        };
  }
}
