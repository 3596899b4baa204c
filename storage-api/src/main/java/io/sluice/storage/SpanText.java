package io.sluice.storage;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.StringJoiner;

/** Spans of time, for people. */
public final class SpanText {
  private static final String[] UNITS = {"d", "h", "min", "s", "ms"};
  private static final long[] UNIT_MS = {86_400_000, 3_600_000, 60_000, 1_000, 1};
  private static final int ROUGH = 2;

  private SpanText() {}

  /**
   * Such as "7 d", "1 h 30 min", "0 s": what somebody has set.
   *
   * @param span to the millisecond; 0 or more
   */
  public static String of(Duration span) {
    return text(span, UNITS.length);
  }

  /**
   * Such as "6 d 23 h", rounded down to two units, and to the second: what was measured.
   *
   * @param span 0 or more
   */
  public static String about(Duration span) {
    return text(span.truncatedTo(ChronoUnit.SECONDS), ROUGH);
  }

  private static String text(Duration span, int unitsMax) {
    StringJoiner text = new StringJoiner(" ");
    long rest = span.toMillis();
    int units = 0;
    for (int i = 0; i < UNITS.length && units < unitsMax; i++) {
      long amount = rest / UNIT_MS[i];
      rest %= UNIT_MS[i];
      if (amount > 0) {
        text.add(amount + " " + UNITS[i]);
      }
      units += amount > 0 || units > 0 ? 1 : 0;
    }
    return text.length() == 0 ? "0 s" : text.toString();
  }
}
