package io.sluice.s3.checksum;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-1 and SHA-256. */
final class DigestChecksum implements StreamingChecksum {
  private final ChecksumAlgorithm algorithm;
  private final MessageDigest digest;

  DigestChecksum(ChecksumAlgorithm algorithm, String jdkName) {
    this.algorithm = algorithm;
    try {
      this.digest = MessageDigest.getInstance(jdkName);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has " + jdkName, impossible);
    }
  }

  @Override
  public ChecksumAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  public void update(byte[] data, int offset, int length) {
    digest.update(data, offset, length);
  }

  @Override
  public void update(ByteBuffer data) {
    digest.update(data);
  }

  @Override
  public ChecksumValue value() {
    return new ChecksumValue(algorithm, digest.digest());
  }
}
