package io.sluice.cluster.channel;

import io.sluice.storage.chunk.ChunkRecord;
import java.time.Duration;

/**
 * What this node asks of each other one at a time, and for how long it waits.
 *
 * @param connectionsMax connections to a node for chunks, and as many for small calls
 * @param waitingMax requests that wait for a connection to a node; one more is refused
 * @param bytesInFlightMax bytes of chunks on their way to and from a node; one more is refused, so
 *     that a node that hangs does not hold this one's memory
 * @param connectLimit for a connection, the handshake and the wait for a free one
 * @param requestLimit for a request of which the caller does not say how long it may take
 * @param keepAlive how long an unused connection is kept, whole seconds
 * @param idleLimit after which a long transfer that stands still is given up
 * @param answerBytesMax bytes of an answer that is neither a chunk nor a checkpoint
 * @param breakerFailures calls in a row that a node leaves unanswered before it is left alone
 * @param breakerPause until it is asked again whether it is back; each node's differs by up to a
 *     quarter, so that not all are asked at once
 */
public record ClientLimits(
    int connectionsMax,
    int waitingMax,
    long bytesInFlightMax,
    Duration connectLimit,
    Duration requestLimit,
    Duration keepAlive,
    Duration idleLimit,
    int answerBytesMax,
    int breakerFailures,
    Duration breakerPause) {
  public static final ClientLimits DEFAULT =
      new ClientLimits(
          32,
          512,
          128L << 20,
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          16 << 20,
          3,
          Duration.ofSeconds(2));

  private static final int HEAP_SHARE = 16;

  /** The defaults, with no more bytes to and from a node than a sixteenth of so many. */
  public static ClientLimits forHeap(long heapBytesMax) {
    return new ClientLimits(
        DEFAULT.connectionsMax,
        DEFAULT.waitingMax,
        Math.max(4 * ChunkRecord.RECORD_MAX, heapBytesMax / HEAP_SHARE),
        DEFAULT.connectLimit,
        DEFAULT.requestLimit,
        DEFAULT.keepAlive,
        DEFAULT.idleLimit,
        DEFAULT.answerBytesMax,
        DEFAULT.breakerFailures,
        DEFAULT.breakerPause);
  }
}
