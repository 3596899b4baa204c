package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How fast copies are made, and how long the rest will take at that, from one status after another.
 * For one thread.
 */
final class CopyRate {
  private static final double MIB = 1 << 20;
  private static final double SECOND_NANOS = 1e9;

  /** Before that much was seen, a time left would be a guess. */
  private static final double KNOWN_AFTER_SECONDS = 4;

  /** When nothing was finished for so long, nobody knows when the rest will be. */
  private static final double STALLED_SECONDS = 60;

  private static final long ROUNDED_FROM_SECONDS = 20;
  private static final long ROUND_SECONDS = 5;

  private final SmoothRate finished = new SmoothRate();
  private final SmoothRate bytes = new SmoothRate();
  private @Nullable Look last;
  private double idleSeconds;
  private int most;

  /** What a status said. Left are partitions that lack a copy, are to be compared, or to move. */
  private record Look(long nanos, long bytes, int left) {}

  /**
   * Takes one more status into account.
   *
   * @param nanos when it was asked for, on a monotonic clock
   */
  void add(JsonNode status, long nanos) {
    JsonNode heal = status.path("heal");
    Look now = new Look(nanos, heal.path("bytesCopied").asLong(), left(status));
    Look before = last;
    last = now;
    most = now.left == 0 ? 0 : Math.max(most, now.left);
    if (before == null) {
      return;
    }
    double seconds = Math.max(1, now.nanos - before.nanos) / SECOND_NANOS;
    if (before.left == 0) {
      finished.clear();
      idleSeconds = 0;
    }
    if (before.left == 0 && now.left == 0) {
      // It was done at the look before: what was copied until then is no rate any more.
      bytes.clear();
      return;
    }
    // A node that went takes its figures along, so that the sum may fall: no rate is below 0.
    bytes.add((double) Math.max(0, now.bytes - before.bytes), seconds);
    if (before.left > 0 && now.left <= before.left) {
      finished.add(before.left - now.left, seconds);
      idleSeconds = now.left < before.left ? 0 : idleSeconds + seconds;
    }
    // When more came in between, how much was finished is not known, and adds nothing.
  }

  /**
   * These count the same work in several ways. A copy may be missing that nobody makes yet, because
   * its node is away: while there is one, nothing is done.
   */
  private static int left(JsonNode status) {
    JsonNode heal = status.path("heal");
    JsonNode partitions = status.path("partitions");
    int compared = heal.path("waiting").asInt() + heal.path("running").asInt();
    int moving =
        Math.max(partitions.path("copiesWaiting").asInt(), partitions.path("moving").asInt());
    return Math.max(Math.max(compared, moving), partitions.path("underReplicated").asInt());
  }

  /** How many are left; 0 when each partition has all its copies, where they belong. */
  int left() {
    return last == null ? 0 : last.left;
  }

  /** The share that is done of the most that was left since the last time nothing was: 0 to 1. */
  double done() {
    return most == 0 ? 1 : 1 - (double) left() / most;
  }

  /** Whether there is anything to tell. */
  boolean isBusy() {
    return left() > 0 || bytesPerSecond() > 0;
  }

  double bytesPerSecond() {
    return bytes.perSecond();
  }

  /** For people: how many are left, the rate, and the time left. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d left to compare or copy, %.1f MiB/s, %s",
        left(),
        bytesPerSecond() / MIB,
        timeLeft());
  }

  private String timeLeft() {
    if (left() == 0) {
      return "done: every copy is there";
    }
    double perSecond = finished.perSecond();
    if (perSecond <= 0
        || finished.seconds() < KNOWN_AFTER_SECONDS
        || idleSeconds >= STALLED_SECONDS) {
      return "time left not known";
    }
    long seconds = Math.round(left() / perSecond);
    if (seconds >= ROUNDED_FROM_SECONDS) {
      seconds = (seconds + ROUND_SECONDS / 2) / ROUND_SECONDS * ROUND_SECONDS;
    }
    Duration rest = Duration.ofSeconds(seconds);
    return rest.toMinutes() < 2
        ? "about " + rest.toSeconds() + " s left"
        : "about " + rest.toMinutes() + " min left";
  }
}
