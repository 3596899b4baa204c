package io.sluice.s3.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dates as HTTP and S3 write them. Always UTC. Parsers return null for what is not such a date: a
 * date that cannot be read is ignored in HTTP, or answered by the caller's own error.
 */
public final class HttpDates {
  private static final List<String> DAYS = List.of("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun");
  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  private HttpDates() {}

  /** {@code Sun, 06 Nov 1994 08:49:37 GMT}, the form that is written (IMF-fixdate). */
  public static String format(Instant instant) {
    LocalDateTime t = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), 0, ZoneOffset.UTC);
    StringBuilder out = new StringBuilder(29);
    out.append(DAYS.get(t.getDayOfWeek().getValue() - 1)).append(", ");
    digits(out, t.getDayOfMonth(), 2).append(' ').append(MONTHS.get(t.getMonthValue() - 1));
    digits(out.append(' '), t.getYear(), 4).append(' ');
    return time(out, t, ":").append(" GMT").toString();
  }

  /**
   * {@code 2009-10-28T22:32:00.000Z}, the form of S3's XML, to the millisecond (cut, not rounded).
   */
  public static String formatXml(Instant instant) {
    LocalDateTime t = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), 0, ZoneOffset.UTC);
    StringBuilder out = new StringBuilder(24);
    digits(out, t.getYear(), 4).append('-');
    digits(out, t.getMonthValue(), 2).append('-');
    digits(out, t.getDayOfMonth(), 2).append('T');
    time(out, t, ":").append('.');
    return digits(out, instant.getNano() / 1_000_000, 3).append('Z').toString();
  }

  /** {@code 20130524T000000Z}, the form of Signature V4. */
  public static String formatBasic(Instant instant) {
    LocalDateTime t = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), 0, ZoneOffset.UTC);
    StringBuilder out = new StringBuilder(16);
    digits(out, t.getYear(), 4);
    digits(out, t.getMonthValue(), 2);
    digits(out, t.getDayOfMonth(), 2).append('T');
    return time(out, t, "").append('Z').toString();
  }

  /** Reads {@code 20130524T000000Z}; null if it is anything else. */
  public static @Nullable Instant parseBasic(@Nullable String text) {
    if (text == null || text.length() != 16 || text.charAt(8) != 'T' || text.charAt(15) != 'Z') {
      return null;
    }
    return instant(
        number(text, 0, 4),
        number(text, 4, 6),
        number(text, 6, 8),
        number(text, 9, 11),
        number(text, 11, 13),
        number(text, 13, 15));
  }

  /**
   * Reads any of the three forms of RFC 9110 section 5.6.7 (IMF-fixdate, RFC 850, asctime); null if
   * it is none of them. The name of the day is not compared with the date. A year of two digits
   * below 70 is of this century.
   */
  public static @Nullable Instant parse(@Nullable String header) {
    if (header == null) {
      return null;
    }
    String text = header.strip();
    int comma = text.indexOf(',');
    if (comma < 0) {
      return parseAsctime(text);
    }
    if (text.length() - comma == 26 && comma == 3) {
      return text.endsWith(" GMT") && separated(text, 7, ' ', 11, ' ', 16, ' ')
          ? at(text, number(text, 12, 16), text.substring(8, 11), number(text, 5, 7), 17)
          : null;
    }
    if (text.length() - comma == 24) {
      int d = comma + 2;
      int year = number(text, d + 7, d + 9);
      return text.endsWith(" GMT")
              && year >= 0
              && separated(text, d + 2, '-', d + 6, '-', d + 9, ' ')
          ? at(
              text,
              year < 70 ? 2000 + year : 1900 + year,
              text.substring(d + 3, d + 6),
              number(text, d, d + 2),
              d + 10)
          : null;
    }
    return null;
  }

  private static @Nullable Instant parseAsctime(String text) {
    if (text.length() != 24 || !separated(text, 3, ' ', 7, ' ', 10, ' ')) {
      return null;
    }
    int day = text.charAt(8) == ' ' ? number(text, 9, 10) : number(text, 8, 10);
    return text.charAt(19) == ' '
        ? at(text, number(text, 20, 24), text.substring(4, 7), day, 11)
        : null;
  }

  private static boolean separated(String text, int a, char ca, int b, char cb, int c, char cc) {
    return text.charAt(a) == ca && text.charAt(b) == cb && text.charAt(c) == cc;
  }

  private static @Nullable Instant at(String text, int year, String month, int day, int time) {
    if (text.charAt(time + 2) != ':' || text.charAt(time + 5) != ':') {
      return null;
    }
    return instant(
        year,
        MONTHS.indexOf(month) + 1,
        day,
        number(text, time, time + 2),
        number(text, time + 3, time + 5),
        number(text, time + 6, time + 8));
  }

  private static @Nullable Instant instant(int year, int month, int day, int h, int m, int s) {
    try {
      // A leap second, 60, is a legal spelling of the second after.
      int second = s == 60 ? 59 : s;
      return year < 0
          ? null
          : LocalDateTime.of(year, month, day, h, m, second)
              .plusSeconds(s - second)
              .toInstant(ZoneOffset.UTC);
    } catch (DateTimeException notADate) {
      return null;
    }
  }

  /** The decimal number in a range of the text, or -1. */
  private static int number(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }

  private static StringBuilder time(StringBuilder out, LocalDateTime t, String separator) {
    digits(out, t.getHour(), 2).append(separator);
    digits(out, t.getMinute(), 2).append(separator);
    return digits(out, t.getSecond(), 2);
  }

  private static StringBuilder digits(StringBuilder out, int value, int width) {
    for (int unit = width == 4 ? 1000 : width == 3 ? 100 : 10; unit > 0; unit /= 10) {
      out.append((char) ('0' + value / unit % 10));
    }
    return out;
  }
}
