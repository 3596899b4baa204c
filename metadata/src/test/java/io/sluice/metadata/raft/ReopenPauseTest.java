package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReopenPauseTest {
  private final ReopenPause pause = new ReopenPause();

  @Test
  void removedAt_first_isAtOnce() {
    assertThat(pause.removedAt(0)).isZero();
  }

  @Test
  void removedAt_againAndAgain_takesLongerUpToALimit() {
    long nowMs = 5;
    long pauses = 0;
    for (int i = 0; i < 3600; i++) {
      long pauseMs = pause.removedAt(nowMs);
      assertThat(pauseMs).isLessThanOrEqualTo(ReopenPause.MS_MAX);
      nowMs += pauseMs + 1_000;
      pauses += pauseMs;
    }
    assertThat(pauses / 3600).as("milliseconds on average").isGreaterThan(29_000);
  }

  @Test
  void removedAt_longAfterTheLast_isAtOnceAgain() {
    pause.removedAt(0);
    long second = pause.removedAt(1_000);
    assertThat(second).isEqualTo(ReopenPause.MS_MIN);
    assertThat(pause.removedAt(1_000 + second + ReopenPause.QUIET_MS)).isZero();
  }
}
