package io.sluice.storage.verticle;

import java.time.Duration;

/**
 * Limits and rates of one disk.
 *
 * @param fsync when an append is acknowledged
 * @param fsyncInterval how long {@link Fsync#INTERVAL} waits
 * @param segmentBytes a segment grows to this size, up to 1 GiB
 * @param queueRequests appends that may wait; more are refused
 * @param queueBytes bytes of appends that may wait; more are refused
 * @param batchBytes bytes made durable together, at most (one record may be larger)
 * @param readers threads that read
 * @param queueReads reads that may wait; more are refused
 * @param reserveBytes chunks are refused when less than this is free on the disk
 * @param tombstoneAge how long a deletion is remembered at least, so that a replica that was away
 *     does not bring the chunk back
 * @param compactionLiveRatio a sealed segment with a smaller live share is compacted
 * @param compactionBytesPerSecond read and written, at most
 * @param scrubBytesPerSecond read, at most
 * @param scrubPause from the end of one scrub of the disk to the beginning of the next
 * @param indexFlushInterval how much time of appends a start after a crash reads again, at most
 * @param indexCacheBytes memory for the index
 */
public record SegmentStoreOptions(
    Fsync fsync,
    Duration fsyncInterval,
    int segmentBytes,
    int queueRequests,
    long queueBytes,
    int batchBytes,
    int readers,
    int queueReads,
    long reserveBytes,
    Duration tombstoneAge,
    double compactionLiveRatio,
    long compactionBytesPerSecond,
    long scrubBytesPerSecond,
    Duration scrubPause,
    Duration indexFlushInterval,
    long indexCacheBytes) {
  private static final int SEGMENT_BYTES_MAX = 1 << 30;

  public SegmentStoreOptions {
    if (segmentBytes <= SegmentHeader.LENGTH || segmentBytes > SEGMENT_BYTES_MAX) {
      throw new IllegalArgumentException("segments of " + segmentBytes + " bytes");
    }
    if (queueRequests < 1 || readers < 1 || queueReads < 1 || batchBytes < 1) {
      throw new IllegalArgumentException("a limit is less than 1");
    }
    if (compactionBytesPerSecond < 1 || scrubBytesPerSecond < 1) {
      throw new IllegalArgumentException("a rate is less than 1 byte a second");
    }
  }

  /** What a server uses unless told otherwise. */
  public static SegmentStoreOptions defaults() {
    return new SegmentStoreOptions(
        Fsync.ALWAYS,
        Duration.ofMillis(100),
        SEGMENT_BYTES_MAX,
        4096,
        64L << 20,
        32 << 20,
        4,
        4096,
        64L << 20,
        Duration.ofDays(7),
        0.5,
        64L << 20,
        32L << 20,
        Duration.ofDays(7),
        Duration.ofSeconds(30),
        32L << 20);
  }

  public SegmentStoreOptions withFsync(Fsync value) {
    return copy(value, segmentBytes, queueRequests, queueBytes, reserveBytes, tombstoneAge);
  }

  public SegmentStoreOptions withSegmentBytes(int value) {
    return copy(fsync, value, queueRequests, queueBytes, reserveBytes, tombstoneAge);
  }

  /** Limits of what may wait to be appended. */
  public SegmentStoreOptions withQueue(int requests, long bytes) {
    return copy(fsync, segmentBytes, requests, bytes, reserveBytes, tombstoneAge);
  }

  public SegmentStoreOptions withReserveBytes(long value) {
    return copy(fsync, segmentBytes, queueRequests, queueBytes, value, tombstoneAge);
  }

  public SegmentStoreOptions withTombstoneAge(Duration value) {
    return copy(fsync, segmentBytes, queueRequests, queueBytes, reserveBytes, value);
  }

  private SegmentStoreOptions copy(
      Fsync newFsync,
      int newSegmentBytes,
      int newQueueRequests,
      long newQueueBytes,
      long newReserveBytes,
      Duration newTombstoneAge) {
    return new SegmentStoreOptions(
        newFsync,
        fsyncInterval,
        newSegmentBytes,
        newQueueRequests,
        newQueueBytes,
        batchBytes,
        readers,
        queueReads,
        newReserveBytes,
        newTombstoneAge,
        compactionLiveRatio,
        compactionBytesPerSecond,
        scrubBytesPerSecond,
        scrubPause,
        indexFlushInterval,
        indexCacheBytes);
  }
}
