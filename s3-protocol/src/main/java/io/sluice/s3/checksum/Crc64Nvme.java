package io.sluice.s3.checksum;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.zip.Checksum;

/**
 * CRC-64/NVME in Java: reflected, initial value and final xor all ones. Takes sixteen bytes a step
 * by sixteen tables of 2 KiB ("slicing"), so that the look-ups of a step do not wait for each
 * other.
 *
 * @see <a href="https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme">CRC
 *     catalogue</a>
 */
public final class Crc64Nvme implements Checksum {
  /** The polynomial 0xad93d23594c93659, bits reversed. */
  static final long POLYNOMIAL = 0x9a6c9329ac4bc9b5L;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long[] T = tables();

  private long state = -1;

  private static long[] tables() {
    long[] tables = new long[16 * 256];
    for (int b = 0; b < 256; b++) {
      long crc = b;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
      }
      tables[b] = crc;
    }
    for (int i = 256; i < tables.length; i++) {
      long shorter = tables[i - 256];
      tables[i] = (shorter >>> 8) ^ tables[(int) shorter & 0xFF];
    }
    return tables;
  }

  @Override
  public void update(int b) {
    state = (state >>> 8) ^ T[(int) (state ^ b) & 0xFF];
  }

  @Override
  public void update(byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, data.length);
    long crc = state;
    int at = offset;
    int end = offset + length;
    for (; end - at >= 16; at += 16) {
      crc = step(crc ^ (long) LONGS.get(data, at), (long) LONGS.get(data, at + 8));
    }
    for (; at < end; at++) {
      crc = (crc >>> 8) ^ T[(int) (crc ^ data[at]) & 0xFF];
    }
    state = crc;
  }

  @Override
  public void update(ByteBuffer data) {
    if (data.hasArray()) {
      update(data.array(), data.arrayOffset() + data.position(), data.remaining());
      data.position(data.limit());
      return;
    }
    ByteOrder order = data.order();
    data.order(ByteOrder.LITTLE_ENDIAN);
    long crc = state;
    while (data.remaining() >= 16) {
      crc = step(crc ^ data.getLong(), data.getLong());
    }
    while (data.hasRemaining()) {
      crc = (crc >>> 8) ^ T[(int) (crc ^ data.get()) & 0xFF];
    }
    data.order(order);
    state = crc;
  }

  private static long step(long a, long b) {
    return T[15 * 256 + ((int) a & 0xFF)]
        ^ T[14 * 256 + ((int) (a >>> 8) & 0xFF)]
        ^ T[13 * 256 + ((int) (a >>> 16) & 0xFF)]
        ^ T[12 * 256 + ((int) (a >>> 24) & 0xFF)]
        ^ T[11 * 256 + ((int) (a >>> 32) & 0xFF)]
        ^ T[10 * 256 + ((int) (a >>> 40) & 0xFF)]
        ^ T[9 * 256 + ((int) (a >>> 48) & 0xFF)]
        ^ T[8 * 256 + (int) (a >>> 56)]
        ^ T[7 * 256 + ((int) b & 0xFF)]
        ^ T[6 * 256 + ((int) (b >>> 8) & 0xFF)]
        ^ T[5 * 256 + ((int) (b >>> 16) & 0xFF)]
        ^ T[4 * 256 + ((int) (b >>> 24) & 0xFF)]
        ^ T[3 * 256 + ((int) (b >>> 32) & 0xFF)]
        ^ T[2 * 256 + ((int) (b >>> 40) & 0xFF)]
        ^ T[256 + ((int) (b >>> 48) & 0xFF)]
        ^ T[(int) (b >>> 56)];
  }

  @Override
  public long getValue() {
    return ~state;
  }

  @Override
  public void reset() {
    state = -1;
  }
}
