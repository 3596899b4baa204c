package io.sluice.recovery.backup.target.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  @Test
  void take_endpointIsGone_isSpentAfterAHundred() {
    RetryBudget budget = new RetryBudget();
    int count = 0;
    while (budget.take()) {
      count++;
    }
    assertThat(count).isEqualTo(100);
    for (int i = 0; i < 4; i++) {
      budget.succeeded();
    }
    assertThat(budget.take()).isFalse();
    budget.succeeded();
    assertThat(budget.take()).isTrue();
    assertThat(budget.take()).isFalse();
  }

  @Test
  void pause_attempts_doublesUpToALimit() {
    S3Limits limits = S3Limits.DEFAULT;
    assertThat(limits.pause(1, 1)).isEqualTo(Duration.ofMillis(100));
    assertThat(limits.pause(1, 0)).isEqualTo(Duration.ofMillis(50));
    assertThat(limits.pause(4, 1)).isEqualTo(Duration.ofMillis(800));
    assertThat(limits.pause(9, 1)).isEqualTo(limits.pauseMax());
    assertThat(limits.pause(60, 1)).isEqualTo(limits.pauseMax());
  }
}
