package io.sluice.recovery.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PendingTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Pending pending = new Pending(nanos::get);

  @Test
  void longest_isThatOfWhatWaits_andZeroWhenItHasEnded() throws IOException {
    assertThat(pending.longest()).isZero();
    Duration silent =
        pending.ask(
            () -> {
              nanos.addAndGet(Duration.ofMinutes(1).toNanos());
              return pending.longest();
            });
    assertThat(silent).isEqualTo(Duration.ofMinutes(1));
    assertThatThrownBy(
            () ->
                pending.run(
                    () -> {
                      throw new IOException("no");
                    }))
        .hasMessage("no");
    assertThat(pending.longest()).isZero();
  }
}
