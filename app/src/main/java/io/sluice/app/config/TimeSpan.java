package io.sluice.app.config;

import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Spans of time as people write them: {@code 500ms}, {@code 30s}, {@code 10m}, {@code 24h}, {@code
 * 7d}.
 */
public final class TimeSpan implements ITypeConverter<Duration> {

  /**
   * Reads a span.
   *
   * @throws IllegalArgumentException when it is not one
   */
  public static Duration parse(String text) {
    String trimmed = text.trim().toLowerCase(Locale.ROOT);
    int digits = 0;
    while (digits < trimmed.length() && Character.digit(trimmed.charAt(digits), 10) >= 0) {
      digits++;
    }
    try {
      long amount = Long.parseLong(trimmed.substring(0, digits));
      return switch (trimmed.substring(digits).trim()) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        case "h" -> Duration.ofHours(amount);
        case "d" -> Duration.ofDays(amount);
        default -> throw new IllegalArgumentException(message(text));
      };
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(message(text), e);
    }
  }

  private static String message(String text) {
    return "'" + text + "' is not a span of time such as 500ms, 30s, 10m, 24h or 7d";
  }

  @Override
  public Duration convert(String value) {
    try {
      return parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
