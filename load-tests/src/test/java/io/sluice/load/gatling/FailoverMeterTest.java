package io.sluice.load.gatling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailoverMeterTest {

  private static final long SECOND = 1_000_000_000L;

  private final FailoverMeter meter = new FailoverMeter(20);

  @Test
  void report_dipOfTwoSeconds_namesItsDepthAndLength() {
    fill(0, 5, 100);
    fill(5, 7, 20);
    fill(7, 10, 95);
    for (int i = 0; i < 11; i++) {
      meter.count(true, 5 * SECOND);
    }
    assertThat(meter.report(1, 5, 10))
        .contains("836 requests, 11 failed (1.316 %)")
        .contains("100 requests/s before, 20 requests/s in the worst second after (20 %)")
        .contains("back at 90 % after 2 s");
  }

  @Test
  void report_rateThatStaysDown_saysSo() {
    fill(0, 5, 100);
    fill(5, 10, 50);
    assertThat(meter.report(1, 5, 10)).contains("not back at 90 % before the end");
  }

  @Test
  void count_beyondTheLastSecond_isIgnored() {
    meter.count(false, 1_000 * SECOND);
    assertThat(meter.failedPercent()).isZero();
  }

  private void fill(int from, int to, int each) {
    for (int second = from; second < to; second++) {
      for (int i = 0; i < each; i++) {
        meter.count(false, second * SECOND + i);
      }
    }
  }
}
