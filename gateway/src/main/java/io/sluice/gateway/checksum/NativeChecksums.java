package io.sluice.gateway.checksum;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.Crc64Nvme;
import io.sluice.s3.checksum.CrcChecksum;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import java.util.function.Supplier;
import java.util.zip.Checksum;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.crt.checksums.CRC64NVME;

/**
 * CRC64NVME by the processor's carry-less multiplication, the rest by the JDK's intrinsics. Every
 * upload without a checksum of its own gets a CRC64NVME; in Java that takes half as long as its
 * MD5, in the native library a thirtieth of that.
 *
 * <p>Until {@link #load} is done, and where the library does not run, Java computes: the values are
 * the same. Safe for use by many threads.
 */
public final class NativeChecksums implements StreamingChecksums {
  private static final Logger LOG = LoggerFactory.getLogger(NativeChecksums.class);

  private final StreamingChecksums jdk = StreamingChecksums.jdk();
  private volatile Supplier<Checksum> crc64 = Crc64Nvme::new;

  @Override
  public StreamingChecksum start(ChecksumAlgorithm algorithm) {
    return algorithm == ChecksumAlgorithm.CRC64NVME
        ? new CrcChecksum(algorithm, crc64.get())
        : jdk.start(algorithm);
  }

  /**
   * Loads the library, which it unpacks to a temporary file first: some tenths of a second, so not
   * on an event loop, and not before the server is ready.
   *
   * @return whether it runs here
   */
  public boolean load() {
    try {
      crc64 = probed();
      return true;
    } catch (RuntimeException | LinkageError e) {
      LOG.info("no native checksums on this machine: {}", e.toString());
      return false;
    }
  }

  private static Supplier<Checksum> probed() {
    CRC64NVME probe = new CRC64NVME();
    Crc64Nvme known = new Crc64Nvme();
    byte[] text = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
    probe.update(text, 0, text.length);
    known.update(text, 0, text.length);
    if (probe.getValue() != known.getValue()) {
      throw new IllegalStateException("the native CRC64NVME is another");
    }
    return CRC64NVME::new;
  }
}
