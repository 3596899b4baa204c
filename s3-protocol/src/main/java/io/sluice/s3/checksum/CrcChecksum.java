package io.sluice.s3.checksum;

import java.nio.ByteBuffer;
import java.util.zip.Checksum;

/** A CRC as the JDK has them, and the seam for native ones: any {@link Checksum} will do. */
public final class CrcChecksum implements StreamingChecksum {
  private final ChecksumAlgorithm algorithm;
  private final Checksum crc;

  /**
   * @param crc fresh, and of that algorithm
   */
  public CrcChecksum(ChecksumAlgorithm algorithm, Checksum crc) {
    if (!algorithm.combines()) {
      throw new IllegalArgumentException(algorithm + " is not a CRC");
    }
    this.algorithm = algorithm;
    this.crc = crc;
  }

  @Override
  public ChecksumAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  public void update(byte[] data, int offset, int length) {
    crc.update(data, offset, length);
  }

  @Override
  public void update(ByteBuffer data) {
    crc.update(data);
  }

  @Override
  public ChecksumValue value() {
    return ChecksumValue.ofCrc(algorithm, crc.getValue());
  }
}
