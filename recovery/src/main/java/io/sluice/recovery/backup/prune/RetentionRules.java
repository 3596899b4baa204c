package io.sluice.recovery.backup.prune;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Which backups are kept. A backup that any rule keeps stays; without rules all stay.
 *
 * @param last so many of the newest; 0: this rule keeps none
 * @param periods so many stretches of the calendar that have a backup, the newest first: of each
 *     the last backup is kept. Numbers are 1 or more
 * @param minAge what is younger stays; zero: this rule keeps none
 * @param zone in which hours, days, weeks, months and years are counted
 */
public record RetentionRules(int last, Map<Period, Integer> periods, Duration minAge, ZoneId zone) {
  /** Keeps everything. */
  public static final RetentionRules NONE =
      new RetentionRules(0, Map.of(), Duration.ZERO, ZoneOffset.UTC);

  private static final int NUMBER_MAX = 1_000_000;
  private static final String KEEP = "keep-";
  private static final String LAST = "keep-last";
  private static final String MIN_AGE = "min-age";
  private static final String ZONE = "time-zone";

  public RetentionRules {
    EnumMap<Period, Integer> sorted = new EnumMap<>(Period.class);
    sorted.putAll(periods);
    periods = Collections.unmodifiableMap(sorted);
  }

  /**
   * Reads settings, as {@link #settings} writes them.
   *
   * @param settings such as {@code keep-last=7}, {@code keep-daily=30}, {@code min-age=P14D} (ISO
   *     8601) and {@code time-zone=Europe/Berlin}; without a time zone it is UTC
   * @throws IllegalArgumentException when one is not understood; the message is for people
   */
  public static RetentionRules parse(List<String> settings) {
    int last = 0;
    EnumMap<Period, Integer> periods = new EnumMap<>(Period.class);
    Duration minAge = Duration.ZERO;
    ZoneId zone = ZoneOffset.UTC;
    for (String setting : settings) {
      int at = setting.indexOf('=');
      String name = at < 0 ? setting : setting.substring(0, at);
      String value = at < 0 ? "" : setting.substring(at + 1);
      if (name.equals(LAST)) {
        last = number(name, value);
      } else if (name.equals(MIN_AGE)) {
        minAge = age(value);
      } else if (name.equals(ZONE)) {
        zone = zone(value);
      } else if (name.startsWith(KEEP)) {
        periods.put(
            Period.parse(name.substring(KEEP.length())).orElseThrow(() -> unknown(name)),
            number(name, value));
      } else {
        throw unknown(name);
      }
    }
    return new RetentionRules(last, periods, minAge, zone);
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "there is no retention rule '"
            + name
            + "': they are keep-last, keep-hourly, keep-daily, keep-weekly, keep-monthly,"
            + " keep-yearly, min-age, and time-zone");
  }

  private static int number(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= NUMBER_MAX) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "%s is a number from 1 to 1000000, not '%s'".formatted(name, value));
  }

  private static Duration age(String value) {
    try {
      Duration age = Duration.parse(value);
      if (!age.isNegative()) {
        return age;
      }
    } catch (DateTimeException e) {
      // Said below.
    }
    throw new IllegalArgumentException(MIN_AGE + " is a time such as P14D, not '" + value + "'");
  }

  private static ZoneId zone(String value) {
    try {
      return ZoneId.of(value);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          ZONE + " is one such as Europe/Berlin or UTC, not '" + value + "'", e);
    }
  }

  /** What {@link #parse} reads. */
  public List<String> settings() {
    List<String> settings = new ArrayList<>();
    if (last > 0) {
      settings.add(LAST + "=" + last);
    }
    periods.forEach((period, number) -> settings.add(KEEP + period + "=" + number));
    if (!minAge.isZero()) {
      settings.add(MIN_AGE + "=" + minAge);
    }
    if (!settings.isEmpty() && !zone.equals(ZoneOffset.UTC)) {
      settings.add(ZONE + "=" + zone.getId());
    }
    return settings;
  }

  /** Whether no rule says that anything may go. */
  public boolean isEmpty() {
    return last == 0 && periods.isEmpty() && minAge.isZero();
  }
}
