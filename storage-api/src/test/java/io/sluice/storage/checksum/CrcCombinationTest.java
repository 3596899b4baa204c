package io.sluice.storage.checksum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.junit.jupiter.api.Test;

class CrcCombinationTest {
  private static final long SEED = 20261121;

  @Test
  void combine_crc32_isCrcOfBoth() {
    checkAgainst(CrcCombination.CRC32, CRC32::new);
  }

  @Test
  void combine_crc32c_isCrcOfBoth() {
    checkAgainst(CrcCombination.CRC32C, CRC32C::new);
  }

  @Test
  void combine_crc64nvme_isCrcOfBoth() {
    checkAgainst(CrcCombination.CRC64NVME, BitwiseCrc64Nvme::new);
  }

  @Test
  void bitwiseCrc64Nvme_checkValue_isThatOfTheCatalogue() {
    Checksum crc = new BitwiseCrc64Nvme();
    crc.update("123456789".getBytes(StandardCharsets.US_ASCII));
    assertThat(crc.getValue()).isEqualTo(0xAE8B14860A799888L);
  }

  @Test
  void combine_fiveTebibytesOfZeros_isFoundByDoubling() {
    CrcCombination crc = CrcCombination.CRC32C;
    CRC32C one = new CRC32C();
    one.update(0);
    long doubled = one.getValue();
    long length = 1;
    while (length < 5L << 40) {
      doubled = crc.combine(doubled, doubled, length);
      length *= 2;
    }
    long half = one.getValue();
    for (long l = 1; l < length / 2; l *= 2) {
      half = crc.combine(half, half, l);
    }
    assertThat(crc.combine(half, half, length / 2)).isEqualTo(doubled);
  }

  private static void checkAgainst(CrcCombination combination, Supplier<Checksum> crc) {
    Random random = new Random(SEED);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[random.nextInt(3000)];
      random.nextBytes(bytes);
      int cut = random.nextInt(bytes.length + 1);
      long first = value(crc, Arrays.copyOfRange(bytes, 0, cut));
      long second = value(crc, Arrays.copyOfRange(bytes, cut, bytes.length));
      assertThat(combination.combine(first, second, bytes.length - cut))
          .isEqualTo(value(crc, bytes));
    }
  }

  private static long value(Supplier<Checksum> crc, byte[] bytes) {
    Checksum checksum = crc.get();
    checksum.update(bytes);
    return checksum.getValue();
  }

  /** By the definition, a bit at a time. */
  private static final class BitwiseCrc64Nvme implements Checksum {
    private long register = ~0L;

    @Override
    public void update(int b) {
      register ^= b & 0xff;
      for (int i = 0; i < Byte.SIZE; i++) {
        register = (register & 1) != 0 ? (register >>> 1) ^ 0x9A6C9329AC4BC9B5L : register >>> 1;
      }
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
      for (int i = offset; i < offset + length; i++) {
        update(bytes[i]);
      }
    }

    @Override
    public long getValue() {
      return ~register;
    }

    @Override
    public void reset() {
      register = ~0L;
    }
  }
}
