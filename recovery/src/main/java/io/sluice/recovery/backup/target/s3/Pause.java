package io.sluice.recovery.backup.target.s3;

import java.time.Duration;

/** Waits between attempts, in the thread that asks. */
@FunctionalInterface
interface Pause {
  /**
   * Waits.
   *
   * @return false when there is no use in going on: the target is being closed
   */
  boolean pause(Duration time) throws InterruptedException;
}
