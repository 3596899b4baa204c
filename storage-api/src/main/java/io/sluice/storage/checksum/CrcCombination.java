package io.sluice.storage.checksum;

/**
 * The CRC of two byte strings one after the other, from the CRC of each: what makes the checksum of
 * a whole object out of those of its parts without reading a byte.
 *
 * <p>A CRC is the remainder of a polynomial over GF(2). Appending n bytes multiplies by x^8n, and
 * the initial and final inversions of these three cancel out, so crc(AB) = crc(A) · x^8n + crc(B)
 * modulo the polynomial; x^8n is found by repeated squaring. The same as {@code crc32_combine} of
 * zlib, for any width. Values are reflected, as these CRCs are: the highest bit is x^0.
 *
 * <p>Immutable; any thread.
 */
public final class CrcCombination {
  private static final int LENGTH_BITS_MAX = Long.SIZE;

  /** Bytes are 2^3 bits: where in the table of powers a length begins. */
  private static final int BYTE_SHIFT = 3;

  public static final CrcCombination CRC32 = new CrcCombination(32, 0xEDB88320L);
  public static final CrcCombination CRC32C = new CrcCombination(32, 0x82F63B78L);
  public static final CrcCombination CRC64NVME = new CrcCombination(64, 0x9A6C9329AC4BC9B5L);

  private final int width;
  private final long polynomial;

  /** x to the power of 2^i. */
  private final long[] powers = new long[LENGTH_BITS_MAX + BYTE_SHIFT];

  private CrcCombination(int width, long polynomial) {
    this.width = width;
    this.polynomial = polynomial;
    powers[0] = 1L << (width - 2);
    for (int i = 1; i < powers.length; i++) {
      powers[i] = multiply(powers[i - 1], powers[i - 1]);
    }
  }

  /** Bytes of a value. */
  public int length() {
    return width / Byte.SIZE;
  }

  /**
   * The CRC of both.
   *
   * @param first CRC of the first, in the lower bits
   * @param second CRC of the second, in the lower bits
   * @param secondLength bytes of the second, not negative
   */
  public long combine(long first, long second, long secondLength) {
    long shift = 1L << (width - 1);
    long rest = secondLength;
    for (int i = BYTE_SHIFT; rest != 0; i++, rest >>>= 1) {
      if ((rest & 1) != 0) {
        shift = multiply(powers[i], shift);
      }
    }
    return multiply(shift, first) ^ second;
  }

  /** The product of two polynomials modulo the CRC's. */
  private long multiply(long a, long b) {
    long product = 0;
    long multiple = b;
    for (long bit = 1L << (width - 1); bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= multiple;
      }
      multiple = (multiple & 1) != 0 ? (multiple >>> 1) ^ polynomial : multiple >>> 1;
    }
    return product;
  }
}
