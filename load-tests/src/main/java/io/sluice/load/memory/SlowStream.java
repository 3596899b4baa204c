package io.sluice.load.memory;

import io.sluice.load.content.SeededContent;
import java.io.InputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * A content that comes fast at first and then trickles: it leaves the server with a buffer that is
 * nearly full for a long time.
 */
final class SlowStream extends InputStream {

  private static final int TRICKLE_BYTES = 1024;

  private final long seed;
  private final long burstBytes;
  private final long length;
  private final long bytesPerSecond;
  private long position;
  private long trickleStartNanos;

  SlowStream(long seed, long burstBytes, long length, long bytesPerSecond) {
    this.seed = seed;
    this.burstBytes = burstBytes;
    this.length = length;
    this.bytesPerSecond = bytesPerSecond;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int count) {
    if (position >= length) {
      return -1;
    }
    long wanted = Math.min(count, length - position);
    int size;
    if (position < burstBytes) {
      size = (int) Math.min(wanted, burstBytes - position);
    } else {
      size = (int) Math.min(wanted, TRICKLE_BYTES);
      pace(size);
    }
    SeededContent.fill(seed, position, target, from, size);
    position += size;
    return size;
  }

  private void pace(int size) {
    if (trickleStartNanos == 0) {
      trickleStartNanos = System.nanoTime();
    }
    long due = (position + size - burstBytes) * 1_000_000_000L / bytesPerSecond;
    long end = trickleStartNanos + due;
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
