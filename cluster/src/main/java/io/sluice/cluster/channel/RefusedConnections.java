package io.sluice.cluster.channel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of connections that did not get through the handshake, in one line and not more often than
 * every ten seconds: whoever can reach the port could fill the log otherwise. Any thread.
 */
final class RefusedConnections {
  private static final Logger log = LoggerFactory.getLogger(RefusedConnections.class);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier nanoTime;
  private final AtomicLong nextNanos;
  private final AtomicLong untold = new AtomicLong();

  RefusedConnections(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.nextNanos = new AtomicLong(nanoTime.getAsLong());
  }

  void tell(Throwable cause) {
    long now = nanoTime.getAsLong();
    long next = nextNanos.get();
    untold.incrementAndGet();
    if (now - next >= 0 && nextNanos.compareAndSet(next, now + PAUSE_NANOS)) {
      log.warn(
          "{} connection(s) to the internal channel failed; is the cluster secret the same on all"
              + " nodes? The last: {}",
          untold.getAndSet(0),
          cause.toString());
    }
  }
}
