package io.sluice.metadata.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GcOptionsTest {
  @ParameterizedTest
  @ValueSource(longs = {1_000, 5_000, 60_000, 600_000, 3_600_000, 21_600_000, 864_000_000})
  void downloadLimit_isShorterThanTheGrace(long graceMs) {
    Duration grace = Duration.ofMillis(graceMs);
    assertThat(GcOptions.downloadLimit(grace)).isPositive().isLessThan(grace);
  }

  /** A jump that small is not seen, and chunks look older by it. */
  @ParameterizedTest
  @ValueSource(longs = {1, 60, 360, 14_400})
  void downloadLimit_leavesMoreThanAnUnseenJumpOfTheClock(long graceMinutes) {
    Duration grace = Duration.ofMinutes(graceMinutes);
    assertThat(grace.minus(GcOptions.downloadLimit(grace))).isGreaterThan(ClockGuard.JUMP);
  }

  @Test
  void downloadLimit_ofTheDefault_isNearlyAll() {
    assertThat(GcOptions.downloadLimit(GcOptions.DEFAULT.garbageGrace()))
        .isEqualTo(Duration.ofMinutes(350));
  }
}
