package io.sluice.s3.checksum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamingChecksumTest {
  private static final StreamingChecksums CHECKSUMS = StreamingChecksums.jdk();

  /** The check values of the CRC catalogue, and of the digests' standards. */
  @ParameterizedTest
  @CsvSource({
    "CRC32, cbf43926",
    "CRC32C, e3069283",
    "CRC64NVME, ae8b14860a799888",
    "SHA1, f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256, 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
  })
  void value_ofCheckString_isKnown(ChecksumAlgorithm algorithm, String hex) {
    StreamingChecksum checksum = CHECKSUMS.start(algorithm);
    checksum.update("123456789".getBytes(StandardCharsets.US_ASCII), 0, 9);
    ChecksumValue value = checksum.value();
    assertThat(HexFormat.of().formatHex(value.bytes())).isEqualTo(hex);
    assertThat(value.algorithm()).isEqualTo(algorithm);
  }

  @ParameterizedTest
  @CsvSource({
    "CRC32, AAAAAA==",
    "CRC32C, AAAAAA==",
    "CRC64NVME, AAAAAAAAAAA=",
    "SHA1, 2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    "SHA256, 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
  })
  void value_ofNothing_isKnown(ChecksumAlgorithm algorithm, String base64) {
    assertThat(CHECKSUMS.start(algorithm).value().base64()).isEqualTo(base64);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void crc64_inAnyPieces_isThatOfTheWholeBitByBit(
      @ForAll @Size(max = 300) byte[] a,
      @ForAll @Size(max = 80) byte[] b,
      @ForAll @Size(max = 80) byte[] c) {
    ByteBuffer direct = ByteBuffer.allocateDirect(b.length + 3).position(3).put(b).position(3);
    ByteBuffer heap = ByteBuffer.allocate(c.length + 5).position(5).put(c).position(5).slice();
    StreamingChecksum checksum = CHECKSUMS.start(ChecksumAlgorithm.CRC64NVME);
    checksum.update(a, 0, a.length);
    checksum.update(direct);
    checksum.update(heap);
    assertThat(direct.hasRemaining() || heap.hasRemaining()).isFalse();
    assertThat(direct.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    long expected = bitByBit(bitByBit(bitByBit(-1, a), b), c);
    assertThat(checksum.value())
        .isEqualTo(ChecksumValue.ofCrc(ChecksumAlgorithm.CRC64NVME, ~expected));

    Crc64Nvme bytewise = new Crc64Nvme();
    for (byte[] piece : new byte[][] {a, b, c}) {
      for (byte octet : piece) {
        bytewise.update(octet);
      }
    }
    assertThat(bytewise.getValue()).isEqualTo(~expected);
  }

  private static long bitByBit(long crc, byte[] data) {
    for (byte b : data) {
      crc ^= b & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? (crc >>> 1) ^ Crc64Nvme.POLYNOMIAL : crc >>> 1;
      }
    }
    return crc;
  }
}
