package io.sluice.s3.checksum;

/**
 * Makes the CRC of two pieces put together from their CRCs, without their bytes.
 *
 * <p>A CRC is a remainder of polynomials over GF(2), so appending n bytes multiplies it by x^(8n)
 * modulo the CRC's polynomial: {@code crc(AB) = crc(A)·x^(8·|B|) + crc(B)}. The power is found by
 * squaring, so a combination costs some 40 multiplications whatever the length. That initial value
 * and final xor are both all ones cancels out. Polynomials are reflected: the highest bit is x^0.
 *
 * @see <a href="https://github.com/madler/zlib/blob/develop/crc32.c">zlib's crc32_combine</a>
 */
final class CrcCombiner {
  private static final CrcCombiner CRC32 = new CrcCombiner(32, 0xedb88320L);
  private static final CrcCombiner CRC32C = new CrcCombiner(32, 0x82f63b78L);
  private static final CrcCombiner CRC64NVME = new CrcCombiner(64, Crc64Nvme.POLYNOMIAL);

  /** 8n for any length n below 2^63 has no higher bit than this. */
  private static final int POWERS = 66;

  private final long one;
  private final long polynomial;
  private final long[] powers = new long[POWERS];

  private CrcCombiner(int width, long polynomial) {
    this.one = 1L << (width - 1);
    this.polynomial = polynomial;
    powers[0] = one >>> 1;
    for (int i = 1; i < POWERS; i++) {
      powers[i] = multiply(powers[i - 1], powers[i - 1]);
    }
  }

  static CrcCombiner of(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> CRC32;
      case CRC32C -> CRC32C;
      case CRC64NVME -> CRC64NVME;
      case SHA1, SHA256 -> throw new IllegalArgumentException(algorithm + " does not combine");
    };
  }

  /**
   * @param first CRC of what comes first
   * @param second CRC of what follows
   * @param secondLengthBytes the length of what follows, not negative
   */
  long combine(long first, long second, long secondLengthBytes) {
    long power = one;
    int bit = 3;
    for (long n = secondLengthBytes; n != 0; n >>>= 1) {
      if ((n & 1) != 0) {
        power = multiply(powers[bit], power);
      }
      bit++;
    }
    return multiply(power, first) ^ second;
  }

  private long multiply(long a, long b) {
    long product = 0;
    long shifted = b;
    for (long bit = one; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= shifted;
      }
      shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
    }
    return product;
  }
}
