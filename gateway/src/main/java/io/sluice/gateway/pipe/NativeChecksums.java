package io.sluice.gateway.pipe;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.CrcChecksum;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.crt.checksums.CRC64NVME;

/**
 * Checksums with CRC64NVME by the processor's carry-less multiplication, from AWS' own library.
 * Every upload without a checksum gets a CRC64NVME; in Java that costs a fifth of what MD5 does,
 * this way nothing that can be measured. Until the library is loaded, and where it has no build for
 * the machine, it is computed in Java. Safe for use by many threads.
 */
public final class NativeChecksums implements StreamingChecksums {
  private static final Logger LOG = LoggerFactory.getLogger(NativeChecksums.class);

  private final StreamingChecksums java = StreamingChecksums.jdk();
  private volatile boolean loaded;

  /** Loads the library. Takes some 100 ms of file access: not for event loops. */
  public void load() {
    try {
      CRC64NVME check = new CRC64NVME();
      check.update('1');
      loaded = true;
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("no native CRC64NVME here, it is computed in Java: {}", e.toString());
    }
  }

  /** Whether the library is in use. */
  boolean isLoaded() {
    return loaded;
  }

  @Override
  public StreamingChecksum start(ChecksumAlgorithm algorithm) {
    return loaded && algorithm == ChecksumAlgorithm.CRC64NVME
        ? new CrcChecksum(algorithm, new CRC64NVME())
        : java.start(algorithm);
  }
}
