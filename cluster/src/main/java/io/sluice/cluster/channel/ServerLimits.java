package io.sluice.cluster.channel;

import io.sluice.storage.chunk.ChunkRecord;
import java.time.Duration;

/**
 * What a node lets others have of it at a time. What is over a limit is refused at once, as {@code
 * Unavailable}, before its body is read.
 *
 * @param requestsMax requests in flight
 * @param bytesInFlightMax bytes of bodies of requests, and of chunks in answers, in flight
 * @param messageBytesMax bytes of a body that is not a chunk
 * @param bodyLimit how long a body may take to arrive
 * @param idleLimit after which a connection on which nothing happens is closed; longer than the
 *     clients' {@link ClientLimits#keepAlive()}
 * @param checkpointsMax checkpoints that are being sent
 */
public record ServerLimits(
    int requestsMax,
    long bytesInFlightMax,
    int messageBytesMax,
    Duration bodyLimit,
    Duration idleLimit,
    int checkpointsMax) {
  public static final ServerLimits DEFAULT =
      new ServerLimits(
          1024, 256L << 20, 8 << 20, Duration.ofSeconds(30), Duration.ofSeconds(90), 2);

  private static final int HEAP_SHARE = 8;

  /** The defaults, with no more bytes in flight than an eighth of so many. */
  public static ServerLimits forHeap(long heapBytesMax) {
    return new ServerLimits(
        DEFAULT.requestsMax,
        Math.max(4 * ChunkRecord.RECORD_MAX, heapBytesMax / HEAP_SHARE),
        DEFAULT.messageBytesMax,
        DEFAULT.bodyLimit,
        DEFAULT.idleLimit,
        DEFAULT.checkpointsMax);
  }
}
