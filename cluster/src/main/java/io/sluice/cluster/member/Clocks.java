package io.sluice.cluster.member;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks of a process.
 *
 * @param wall the time of day, which may jump
 * @param monotonicNs nanoseconds since some moment, which never go back
 */
public record Clocks(InstantSource wall, LongSupplier monotonicNs) {
  long nowNs() {
    return monotonicNs.getAsLong();
  }

  long wallMs() {
    return wall.millis();
  }
}
