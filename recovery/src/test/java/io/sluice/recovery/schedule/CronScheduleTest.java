package io.sluice.recovery.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which moments an expression names, where clocks are set forward and back as well. */
class CronScheduleTest {
  private static final String BERLIN = "Europe/Berlin";

  private static Instant at(String time) {
    return OffsetDateTime.parse(time).toInstant();
  }

  private static List<Instant> next(String cron, String from, int count) {
    CronSchedule schedule = CronSchedule.parse(cron, BERLIN);
    List<Instant> moments = new ArrayList<>();
    Instant after = at(from);
    while (moments.size() < count) {
      after = schedule.next(after).orElseThrow();
      moments.add(after);
      after = after.plusSeconds(5); // a set is of a moment soon after
    }
    return moments;
  }

  @Test
  void next_isLater_inTheZone() {
    assertThat(next("0 3 * * *", "2026-11-22T03:00:00+01:00", 2))
        .containsExactly(at("2026-11-23T03:00:00+01:00"), at("2026-11-24T03:00:00+01:00"));
    assertThat(next("0 3 * * *", "2026-11-22T02:59:59.999+01:00", 1))
        .containsExactly(at("2026-11-22T03:00:00+01:00"));
    assertThat(next("30 22 * * 1-5", "2026-11-20T23:00:00+01:00", 1))
        .containsExactly(at("2026-11-23T22:30:00+01:00"));
    assertThat(next("0 0 29 2 *", "2026-11-20T23:00:00+01:00", 1))
        .containsExactly(at("2028-02-29T00:00:00+01:00"));
  }

  @Test
  void next_timeThatIsLeftOut_comesWhenClocksAreSetForward() {
    assertThat(next("30 2 * * *", "2027-03-27T02:30:05+01:00", 2))
        .containsExactly(at("2027-03-28T03:00:00+02:00"), at("2027-03-29T02:30:00+02:00"));
    assertThat(next("*/15 2 * * *", "2027-03-27T02:50:00+01:00", 2))
        .as("all that are left out come at once")
        .containsExactly(at("2027-03-28T03:00:00+02:00"), at("2027-03-29T02:00:00+02:00"));
    assertThat(next("0 * * * *", "2027-03-28T00:30:00+01:00", 3))
        .containsExactly(
            at("2027-03-28T01:00:00+01:00"),
            at("2027-03-28T03:00:00+02:00"),
            at("2027-03-28T04:00:00+02:00"));
  }

  @Test
  void next_timeThatComesTwice_countsOnce_unlessEveryHourIsNamed() {
    assertThat(next("30 2 * * *", "2026-10-24T12:00:00+02:00", 2))
        .containsExactly(at("2026-10-25T02:30:00+02:00"), at("2026-10-26T02:30:00+01:00"));
    assertThat(next("30 2 * * *", "2026-10-25T02:10:00+01:00", 1))
        .as("from within the second time")
        .containsExactly(at("2026-10-26T02:30:00+01:00"));
    assertThat(next("30 * * * *", "2026-10-25T01:40:00+02:00", 3))
        .containsExactly(
            at("2026-10-25T02:30:00+02:00"),
            at("2026-10-25T02:30:00+01:00"),
            at("2026-10-25T03:30:00+01:00"));
  }

  @Test
  void next_thatNeverComes_isEmpty() {
    assertThat(CronSchedule.parse("0 0 30 2 *", "UTC").next(at("2026-11-22T03:00:00Z")))
        .isEqualTo(Optional.empty());
    assertThat(CronSchedule.parse("0 * 31 4,6 *", "UTC").next(at("2026-11-22T03:00:00Z")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "61 * * * *",
        "* * * *",
        "* * * * * *",
        "@daily",
        "*/0 * * * *",
        "5-1 * * * *",
        "0 3 * * *\n0 4 * * *",
        "1,,,2 3 \u0000 * *"
      })
  void parse_thatIsNone_saysSoInOneLine(String cron) {
    assertThatThrownBy(() -> CronSchedule.parse(cron, "UTC"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("five fields");
  }

  @Test
  void parse_zoneThatIsNone_saysSo() {
    assertThatThrownBy(() -> CronSchedule.parse("0 3 * * *", "Europe/Atlantis"))
        .hasMessage("'Europe/Atlantis' is no time zone such as Europe/Berlin or UTC");
    assertThatThrownBy(() -> CronSchedule.parse("0 3 * * " + "1".repeat(300), "UTC"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
