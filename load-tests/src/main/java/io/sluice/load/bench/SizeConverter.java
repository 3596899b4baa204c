package io.sluice.load.bench;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Sizes such as {@code 4096}, {@code 4KiB}, {@code 64MiB}, {@code 5GiB}; units are powers of 1,024.
 */
public final class SizeConverter implements ITypeConverter<Long> {

  private static final Map<String, Long> UNITS =
      Map.of(
          "", 1L, "B", 1L, "KIB", 1L << 10, "K", 1L << 10, "MIB", 1L << 20, "M", 1L << 20, "GIB",
          1L << 30, "G", 1L << 30);

  @Override
  public Long convert(String value) {
    String text = value.trim().toUpperCase(Locale.ROOT);
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    Long unit = UNITS.get(text.substring(digits).trim());
    if (digits == 0 || digits > 15 || unit == null) {
      throw new TypeConversionException("'" + value + "' is not a size such as 4KiB or 64MiB");
    }
    return Math.multiplyExact(Long.parseLong(text.substring(0, digits)), unit);
  }
}
