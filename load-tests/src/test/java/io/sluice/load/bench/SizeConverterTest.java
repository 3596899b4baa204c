package io.sluice.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SizeConverterTest {

  @ParameterizedTest
  @CsvSource({"0,0", "4096,4096", "4KiB,4096", "64mib,67108864", "5GiB,5368709120", "1 M,1048576"})
  void convert_size_isBytes(String text, long bytes) {
    assertThat(new SizeConverter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "KiB", "-1", "1.5MiB", "4XB"})
  void convert_notASize_isRefused(String text) {
    assertThatThrownBy(() -> new SizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class);
  }

  @Test
  void convert_tooBig_isRefused() {
    assertThatThrownBy(() -> new SizeConverter().convert("999999999999GiB"))
        .isInstanceOf(ArithmeticException.class);
  }
}
