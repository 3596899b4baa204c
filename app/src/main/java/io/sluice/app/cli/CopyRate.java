package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * How fast copies are made, and how long the rest will take at that, from the statuses of the last
 * seconds. For one thread.
 */
final class CopyRate {
  private static final int LOOKS_MAX = 15;
  private static final double MIB = 1 << 20;
  private static final double SECOND_NANOS = 1e9;

  private final Deque<Look> looks = new ArrayDeque<>();
  private int most;

  /** What a status said. Left are partitions of a disk that are to be compared or to arrive. */
  private record Look(long nanos, long bytes, int left) {}

  /**
   * Takes one more status into account.
   *
   * @param nanos when it was asked for, on a monotonic clock
   */
  void add(JsonNode status, long nanos) {
    JsonNode heal = status.path("heal");
    int compared = heal.path("waiting").asInt() + heal.path("running").asInt();
    // What moves is compared too, so that the two count the same things.
    int left = Math.max(compared, status.path("partitions").path("copiesWaiting").asInt());
    looks.addLast(new Look(nanos, heal.path("bytesCopied").asLong(), left));
    if (looks.size() > LOOKS_MAX) {
      looks.removeFirst();
    }
    most = left == 0 ? 0 : Math.max(most, left);
  }

  /** How many are left. */
  int left() {
    return looks.isEmpty() ? 0 : looks.getLast().left;
  }

  /** The share that is done of the most that was left since the last time nothing was: 0 to 1. */
  double done() {
    return most == 0 ? 1 : 1 - (double) left() / most;
  }

  /** Whether there is anything to tell. */
  boolean isBusy() {
    return left() > 0 || bytesPerSecond() > 0;
  }

  /** A node that went takes its figures along, so that the sum may fall: no rate is below 0. */
  double bytesPerSecond() {
    return looks.size() < 2
        ? 0
        : Math.max(0, looks.getLast().bytes - looks.getFirst().bytes) / seconds();
  }

  private double seconds() {
    return Math.max(1, looks.getLast().nanos - looks.getFirst().nanos) / SECOND_NANOS;
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
      return "done";
    }
    int fewer = looks.getFirst().left - left();
    if (fewer <= 0) {
      return "time left not known yet";
    }
    Duration rest = Duration.ofSeconds(Math.round(seconds() * left() / fewer));
    return rest.toMinutes() < 2
        ? "about " + rest.toSeconds() + " s left"
        : "about " + rest.toMinutes() + " min left";
  }
}
