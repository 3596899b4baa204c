package io.sluice.cluster.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ShardClockTest {
  private final ShardClock clock = new ShardClock();

  private static long nanos(long ms) {
    return TimeUnit.MILLISECONDS.toNanos(ms);
  }

  @Test
  void timeMs_goesOnBetweenAnswers() {
    clock.learn(1_000_000, nanos(0), nanos(10));

    assertThat(clock.timeMs(nanos(10))).isEqualTo(1_000_000);
    assertThat(clock.timeMs(nanos(510))).isEqualTo(1_000_500);
  }

  @Test
  void learn_answerThatTookLong_doesNotSetItBack() {
    clock.learn(1_000_000, nanos(0), nanos(1));

    // Answered at 2 ms, and two seconds on its way.
    clock.learn(1_000_002, nanos(1), nanos(2002));

    assertThat(clock.timeMs(nanos(2002))).isEqualTo(1_002_001);
  }

  @Test
  void learn_newLeaderWithAnotherClock_isFollowedBothWays() {
    clock.learn(1_000_000, nanos(0), nanos(1));
    clock.learn(5_000_000, nanos(1), nanos(2));
    assertThat(clock.timeMs(nanos(2))).isEqualTo(5_000_000);

    clock.learn(1_000_010, nanos(9), nanos(10));

    assertThat(clock.timeMs(nanos(10))).isBetween(1_000_010L, 1_000_012L);
  }

  @Test
  void learn_nothing_staysUnknown() {
    clock.learn(0, nanos(0), nanos(1));

    assertThat(clock.isKnown()).isFalse();
  }
}
