package io.sluice.gateway.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeChecksumsTest {
  @Test
  void start_everyAlgorithm_agreesWithJava() {
    NativeChecksums checksums = new NativeChecksums();
    checksums.load();
    assertThat(checksums.isLoaded()).isTrue();
    Random random = new Random(1);
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      for (int size : new int[] {0, 1, 9, 1000, 100_000}) {
        byte[] bytes = PipelineFixture.random(size, size);
        StreamingChecksum fast = checksums.start(algorithm);
        StreamingChecksum plain = StreamingChecksums.jdk().start(algorithm);
        for (int at = 0; at < size; ) {
          int length = Math.min(size - at, 1 + random.nextInt(1 + size / 2));
          ByteBuffer piece = ByteBuffer.wrap(bytes, at, length);
          fast.update(random.nextBoolean() ? piece.slice() : direct(piece));
          plain.update(piece);
          at += length;
        }
        assertThat(fast.value()).isEqualTo(plain.value());
      }
    }
  }

  @Test
  void start_notLoaded_isJava() {
    StreamingChecksum checksum = new NativeChecksums().start(ChecksumAlgorithm.CRC64NVME);
    checksum.update(new byte[] {'1', '2', '3', '4', '5', '6', '7', '8', '9'}, 0, 9);
    assertThat(checksum.value().crc()).isEqualTo(0xae8b14860a799888L);
  }

  private static ByteBuffer direct(ByteBuffer piece) {
    return ByteBuffer.allocateDirect(piece.remaining()).put(piece.duplicate()).flip();
  }
}
