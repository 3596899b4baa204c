package io.sluice.recovery.backup.prune;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Stretches of the calendar of which the last backup of each may be kept. */
public enum Period {
  /** With its offset: in the night when clocks go back, two hours have one number. */
  HOURLY("uuuu-MM-dd HH'h'xx"),
  DAILY("uuuu-MM-dd"),
  /** As ISO 8601 has it: from Monday on. */
  WEEKLY("YYYY-'W'ww"),
  MONTHLY("uuuu-MM"),
  YEARLY("uuuu");

  private final DateTimeFormatter label;

  Period(String label) {
    // The United Kingdom's weeks are those of ISO 8601.
    this.label = DateTimeFormatter.ofPattern(label, Locale.UK);
  }

  /** As settings name it. */
  public static Optional<Period> parse(String text) {
    return Arrays.stream(values()).filter(period -> period.toString().equals(text)).findFirst();
  }

  /** Names the stretch that a time lies in; no other has the same name. */
  String label(ZonedDateTime time) {
    return label.format(time);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
