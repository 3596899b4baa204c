package io.sluice.gateway.http;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import java.util.function.IntSupplier;

/**
 * How much is read from a socket at a time: the more connections there are, the less, so that all
 * together stay within a share of the heap.
 *
 * <p>What a read brought lies on the heap until its request is read from, also while that is
 * paused: Vert.x stops the socket only when {@value #QUEUE_MESSAGES} pieces wait, and no budget of
 * the pipelines knows of them. A megabyte at a time is what one fast upload wants; two hundred
 * paused ones of that size filled a heap of 256 MiB.
 *
 * <p>Safe for use by many event loops.
 */
final class ReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  static final int BYTES_MAX = 1 << 20;
  static final int BYTES_MIN = 4 << 10;

  /** Vert.x' high-water mark of a request's queue; a read that passes it is taken in whole. */
  private static final int QUEUE_MESSAGES = 16;

  private static final int HEAP_SHARE = 8;

  private final long shareBytes;
  private final int messageBytesMax;
  private final IntSupplier connections;

  /**
   * A source of sizes.
   *
   * @param heapBytesMax of which an eighth is for what was read and not yet taken
   * @param messageBytesMax into which pieces Vert.x cuts a larger read
   * @param connections how many there are now
   */
  ReceiveBuffers(long heapBytesMax, int messageBytesMax, IntSupplier connections) {
    this.shareBytes = heapBytesMax / HEAP_SHARE;
    this.messageBytesMax = messageBytesMax;
    this.connections = connections;
  }

  /** Bytes of the next read: a power of two, so that few sizes come from Netty's pool. */
  int nextBytes() {
    long each = shareBytes / Math.max(1, connections.getAsInt());
    int read = BYTES_MAX;
    while (read > BYTES_MIN && keptBytes(read) > each) {
      read /= 2;
    }
    return read;
  }

  /** The most that a paused request keeps when so much is read at a time. */
  private long keptBytes(int read) {
    return read + (long) (QUEUE_MESSAGES - 1) * Math.min(read, messageBytesMax);
  }

  @Override
  @SuppressWarnings("deprecation") // Netty's only interface for it; it has no successor yet.
  public Handle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public int guess() {
        return nextBytes();
      }
    };
  }
}
