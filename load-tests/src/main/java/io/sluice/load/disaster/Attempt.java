package io.sluice.load.disaster;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A write as its client saw it.
 *
 * @param name {@code BUCKET/KEY}
 * @param then what it made the object; null: it deleted it
 * @param began when it was sent
 * @param acknowledged when the answer was there; null: there was none, and it may have been done,
 *     or not
 */
public record Attempt(
    String name, @Nullable Written then, Instant began, @Nullable Instant acknowledged) {

  /** Whether what was found is what it made. */
  public boolean made(@Nullable ObjectFacts found) {
    if (then == null || found == null) {
      return then == null && found == null;
    }
    return then.problem(found).isEmpty();
  }

  /** Whether it was acknowledged by a moment. */
  public boolean isBy(Instant moment) {
    return acknowledged != null && !acknowledged.isAfter(moment);
  }
}
