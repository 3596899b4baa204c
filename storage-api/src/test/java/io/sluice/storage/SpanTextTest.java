package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpanTextTest {
  @Test
  void of_isEveryUnitThatThereIs() {
    assertThat(SpanText.of(Duration.parse("PT168H"))).isEqualTo("7 d");
    assertThat(SpanText.of(Duration.ofMinutes(90))).isEqualTo("1 h 30 min");
    assertThat(SpanText.of(Duration.ofDays(1).plusSeconds(5))).isEqualTo("1 d 5 s");
    assertThat(SpanText.of(Duration.ofMillis(1_500))).isEqualTo("1 s 500 ms");
    assertThat(SpanText.of(Duration.ZERO)).isEqualTo("0 s");
    assertThat(SpanText.of(Duration.ofNanos(1))).isEqualTo("0 s");
  }

  @Test
  void about_isTwoUnits_andNothingBelowASecond() {
    assertThat(SpanText.about(Duration.ofDays(7).minusMillis(1))).isEqualTo("6 d 23 h");
    assertThat(SpanText.about(Duration.ofDays(7).plusMinutes(59))).isEqualTo("7 d");
    assertThat(SpanText.about(Duration.ofSeconds(3_725))).isEqualTo("1 h 2 min");
    assertThat(SpanText.about(Duration.ofMillis(59_999))).isEqualTo("59 s");
    assertThat(SpanText.about(Duration.ofMillis(999))).isEqualTo("0 s");
  }
}
