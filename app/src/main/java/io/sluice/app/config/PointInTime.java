package io.sluice.app.config;

import java.time.DateTimeException;
import java.time.Instant;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Moments as people write them: {@code 2026-11-21T10:00:00Z}, {@code 2026-11-21T11:00:00+01:00}.
 */
public final class PointInTime implements ITypeConverter<Instant> {
  @Override
  public Instant convert(String value) {
    try {
      return Instant.parse(value);
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "'" + value + "' is not a time such as 2026-11-21T10:00:00Z");
    }
  }
}
