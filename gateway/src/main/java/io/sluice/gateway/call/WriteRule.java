package io.sluice.gateway.call;

import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * Whether requests that change something are let in. It spares a client from sending a body for
 * nothing, and tells it why; what must not be written is refused by the shards themselves.
 */
@FunctionalInterface
public interface WriteRule {
  /** All of them are. */
  WriteRule ALWAYS = () -> null;

  /** Why none is let in now; null when they are. Called on event loops; returns at once. */
  @Nullable S3Exception refusal();

  /**
   * Why this is no primary that others may count on; null when it is one. One that takes no write
   * any more, but has not handed over yet, still is.
   */
  default @Nullable S3Exception notPrimary() {
    return refusal();
  }

  /**
   * Why what was done must not be acknowledged now: another cluster may be the primary. Asked last,
   * when an answer is to be sent, for a process may have stood still since it asked before. Null
   * when it may. Called on event loops; returns at once.
   */
  default @Nullable S3Exception lapsed() {
    return null;
  }
}
