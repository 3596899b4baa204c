package io.sluice.storage.verticle.index;

import java.nio.ByteBuffer;

/**
 * What the index knows of a segment. It is written together with the entries it speaks of, so that
 * it is true of whatever the index holds after a crash.
 *
 * @param indexedUpTo every record before this offset is in the index; what follows is read again
 *     when the store is opened
 * @param liveBytes of records that something still needs: chunks, and tombstones that are kept
 * @param tombstoneBytes the part of {@code liveBytes} that is tombstones
 * @param sealed whether nothing is appended any more, so that there is no tail to look at
 * @param tombstoneReviewMs when the tombstones in it are worth another look, milliseconds since
 *     1970; 0 when it has none
 */
public record SegmentStats(
    long indexedUpTo, long liveBytes, long tombstoneBytes, boolean sealed, long tombstoneReviewMs) {
  /** Of a segment that nothing is known of. */
  public static final SegmentStats NONE = new SegmentStats(0, 0, 0, false, 0);

  private static final int LENGTH = 33;

  SegmentStats withLive(long delta) {
    return new SegmentStats(
        indexedUpTo, liveBytes + delta, tombstoneBytes, sealed, tombstoneReviewMs);
  }

  SegmentStats withTombstone(long delta) {
    return new SegmentStats(
        indexedUpTo, liveBytes + delta, tombstoneBytes + delta, sealed, tombstoneReviewMs);
  }

  SegmentStats withIndexedUpTo(long offset) {
    return cutTo(Math.max(indexedUpTo, offset));
  }

  SegmentStats cutTo(long offset) {
    return new SegmentStats(offset, liveBytes, tombstoneBytes, sealed, tombstoneReviewMs);
  }

  SegmentStats withSealed() {
    return new SegmentStats(indexedUpTo, liveBytes, tombstoneBytes, true, tombstoneReviewMs);
  }

  SegmentStats withReview(long atMs) {
    long review = Math.max(tombstoneReviewMs, atMs);
    return new SegmentStats(indexedUpTo, liveBytes, tombstoneBytes, sealed, review);
  }

  byte[] encode() {
    return ByteBuffer.allocate(LENGTH)
        .putLong(indexedUpTo)
        .putLong(liveBytes)
        .putLong(tombstoneBytes)
        .put((byte) (sealed ? 1 : 0))
        .putLong(tombstoneReviewMs)
        .array();
  }

  static SegmentStats decode(byte[] value) {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    return new SegmentStats(
        bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.get() != 0, bytes.getLong());
  }
}
