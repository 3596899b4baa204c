package io.sluice.s3.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDatesTest {
  private static final Instant RFC_EXAMPLE = Instant.parse("1994-11-06T08:49:37Z");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 08:49:37 GMT "
      })
  void parse_threeForms(String text) {
    assertThat(HttpDates.parse(text)).isEqualTo(RFC_EXAMPLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08-49-37 GMT",
        "Sun Nov 36 08:49:37 1994",
        "1994-11-06T08:49:37Z",
        "784111777"
      })
  void parse_anythingElse_isNull(String text) {
    assertThat(HttpDates.parse(text)).isNull();
  }

  @Test
  void parse_centuryAndLeapSecond() {
    assertThat(HttpDates.parse("Saturday, 21-Nov-26 00:00:00 GMT"))
        .isEqualTo(Instant.parse("2026-11-21T00:00:00Z"));
    assertThat(HttpDates.parse("Sat, 31 Dec 2016 23:59:60 GMT"))
        .isEqualTo(Instant.parse("2017-01-01T00:00:00Z"));
  }

  @Test
  void formatXml_hasMilliseconds() {
    assertThat(HttpDates.formatXml(Instant.parse("2009-10-28T22:32:00.0079Z")))
        .isEqualTo("2009-10-28T22:32:00.007Z");
  }

  @Test
  void parseBasic_anythingElse_isNull() {
    assertThat(HttpDates.parseBasic("20130524T000000Z"))
        .isEqualTo(Instant.parse("2013-05-24T00:00:00Z"));
    for (String text :
        new String[] {
          "", "20130524T000000z", "20130524 000000Z", "2013-524T000000Z", "20131324T000000Z"
        }) {
      assertThat(HttpDates.parseBasic(text)).isNull();
    }
  }

  @Property(tries = 500)
  void formats_agreeWithTheJdk_andAreReadBack(
      @ForAll @LongRange(min = 0, max = 253_402_300_799L) long seconds) {
    Instant instant = Instant.ofEpochSecond(seconds);
    DateTimeFormatter imf =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    assertThat(HttpDates.format(instant)).isEqualTo(imf.format(instant));
    assertThat(HttpDates.parse(HttpDates.format(instant))).isEqualTo(instant);
    assertThat(HttpDates.parseBasic(HttpDates.formatBasic(instant))).isEqualTo(instant);
    assertThat(Instant.parse(HttpDates.formatXml(instant))).isEqualTo(instant);
  }

  @Property(tries = 2000)
  void parse_noise_neverThrows(
      @ForAll @CharRange(from = 0, to = 255) @StringLength(max = 34) String noise,
      @ForAll @LongRange(min = 0, max = 28) long at) {
    HttpDates.parse(noise);
    HttpDates.parseBasic(noise);
    StringBuilder almost = new StringBuilder("Sun, 06 Nov 1994 08:49:37 GMT");
    almost.replace((int) at, (int) at + 1, noise);
    HttpDates.parse(almost.toString());
  }
}
