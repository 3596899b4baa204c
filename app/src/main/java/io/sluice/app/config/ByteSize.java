package io.sluice.app.config;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 16KiB}, {@code 64 MiB}, {@code 1GB}, {@code 4096}.
 *
 * @param bytes 0 or more
 */
public record ByteSize(long bytes) {
  private static final Map<String, Long> UNITS =
      Map.of(
          "", 1L,
          "B", 1L,
          "KIB", 1L << 10,
          "MIB", 1L << 20,
          "GIB", 1L << 30,
          "TIB", 1L << 40,
          "KB", 1_000L,
          "MB", 1_000_000L,
          "GB", 1_000_000_000L,
          "TB", 1_000_000_000_000L);

  /**
   * Reads a size.
   *
   * @throws IllegalArgumentException when it is not a size, or more than a long holds
   */
  public static ByteSize parse(String text) {
    String trimmed = text.trim();
    int digits = 0;
    while (digits < trimmed.length() && Character.digit(trimmed.charAt(digits), 10) >= 0) {
      digits++;
    }
    Long unit = UNITS.get(trimmed.substring(digits).trim().toUpperCase(Locale.ROOT));
    if (digits == 0 || unit == null) {
      throw new IllegalArgumentException("'" + text + "' is not a size such as 16KiB or 64MiB");
    }
    try {
      return new ByteSize(Math.multiplyExact(Long.parseLong(trimmed.substring(0, digits)), unit));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is too large", e);
    }
  }

  /** For picocli. */
  public static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String value) {
      try {
        return parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
