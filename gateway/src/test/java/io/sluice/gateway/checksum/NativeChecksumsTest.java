package io.sluice.gateway.checksum;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeChecksumsTest {
  private static final int LENGTH_MAX = 100_000;

  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void start_anyAlgorithm_agreesWithJdk(ChecksumAlgorithm algorithm) {
    NativeChecksums checksums = new NativeChecksums();
    checksums.load();
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      byte[] data = new byte[random.nextInt(LENGTH_MAX)];
      random.nextBytes(data);
      int cut = random.nextInt(data.length + 1);
      assertThat(value(checksums, algorithm, data, cut))
          .isEqualTo(value(StreamingChecksums.jdk(), algorithm, data, cut));
    }
  }

  @Test
  void start_beforeLoad_computesInJava() {
    byte[] data = {1, 2, 3};
    assertThat(value(new NativeChecksums(), ChecksumAlgorithm.CRC64NVME, data, 1))
        .isEqualTo(value(StreamingChecksums.jdk(), ChecksumAlgorithm.CRC64NVME, data, 1));
  }

  /** In three forms: an array, a buffer on the heap, and a direct one. */
  private static ChecksumValue value(
      StreamingChecksums checksums, ChecksumAlgorithm algorithm, byte[] data, int cut) {
    StreamingChecksum checksum = checksums.start(algorithm);
    checksum.update(data, 0, cut);
    checksum.update(ByteBuffer.wrap(data, cut, data.length - cut).slice());
    checksum.update(ByteBuffer.allocateDirect(data.length).put(data).flip());
    return checksum.value();
  }
}
