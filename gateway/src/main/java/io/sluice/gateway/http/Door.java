package io.sluice.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets S3 requests in while the node can hold them: so many at once, and so many bytes of their
 * bodies. Whoever is turned away is told so before anything else is done for it. For all threads.
 *
 * <p>A body counts with what its upload may hold in memory however hard pressed it is, not with its
 * length: the rest of it waits in the client. How much more than that an upload may hold is up to
 * {@link io.sluice.gateway.pipe.MemoryBudget}.
 */
final class Door {
  /** What an upload keeps at least: two pieces of the smallest size. */
  static final long BODY_CHARGE_MAX = 128 << 10;

  /** What becomes of a request. */
  enum Verdict {
    ADMITTED("none"),
    TOO_MANY_CONNECTIONS("connections"),
    TOO_MANY_REQUESTS("requests"),
    TOO_MANY_BODY_BYTES("body-bytes");

    private final String limit;

    Verdict(String limit) {
      this.limit = limit;
    }

    /** The limit that was reached, for metrics. */
    String limit() {
      return limit;
    }
  }

  private final Admission requests;
  private final long bodyBytesMax;
  private final AtomicLong bodyBytes = new AtomicLong();

  /**
   * @param bodyBytesMax of all bodies, each counted up to {@link #BODY_CHARGE_MAX}
   */
  Door(int requestsMax, long bodyBytesMax) {
    this.requests = new Admission(requestsMax);
    this.bodyBytesMax = bodyBytesMax;
  }

  /**
   * Takes what a request needs, if it is there.
   *
   * @param declaredBytes of its body; negative when only its end will tell
   */
  Verdict tryEnter(long declaredBytes) {
    if (!requests.tryEnter()) {
      return Verdict.TOO_MANY_REQUESTS;
    }
    long charge = charge(declaredBytes);
    if (charge > 0 && bodyBytes.addAndGet(charge) > bodyBytesMax) {
      bodyBytes.addAndGet(-charge);
      requests.leave();
      return Verdict.TOO_MANY_BODY_BYTES;
    }
    return Verdict.ADMITTED;
  }

  /** Gives back what {@link #tryEnter} took for a request that was admitted. */
  void leave(long declaredBytes) {
    bodyBytes.addAndGet(-charge(declaredBytes));
    requests.leave();
  }

  private static long charge(long declaredBytes) {
    return declaredBytes < 0 ? BODY_CHARGE_MAX : Math.min(declaredBytes, BODY_CHARGE_MAX);
  }

  Admission requests() {
    return requests;
  }

  long bodyBytes() {
    return bodyBytes.get();
  }

  long bodyBytesMax() {
    return bodyBytesMax;
  }
}
