package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CopyRateTest {
  private static final long SECOND = 1_000_000_000;

  private final CopyRate rate = new CopyRate();

  private static JsonNode status(int copiesWaiting, int comparing, long bytes)
      throws JsonProcessingException {
    return new ObjectMapper()
        .readTree(
            """
            {"partitions": {"copiesWaiting": %d},
             "heal": {"waiting": %d, "running": 0, "bytesCopied": %d}}"""
                .formatted(copiesWaiting, comparing, bytes));
  }

  @Test
  void add_healing_givesRateAndTimeLeft() throws JsonProcessingException {
    rate.add(status(0, 100, 0), 0);
    assertThat(rate.toString())
        .isEqualTo("100 left to compare or copy, 0.0 MiB/s, time left not known");
    rate.add(status(0, 75, 50 << 20), 10 * SECOND);
    assertThat(rate.toString()).isEqualTo("75 left to compare or copy, 5.0 MiB/s, about 30 s left");
    assertThat(rate.done()).isEqualTo(0.25);
    rate.add(status(0, 0, 100 << 20), 20 * SECOND);
    assertThat(rate.done()).isEqualTo(1);
    assertThat(rate.isBusy()).isTrue();
    assertThat(rate.toString()).endsWith("5.0 MiB/s, done: every copy is there");
  }

  @Test
  void add_doneForTwoLooks_isNotBusy() throws JsonProcessingException {
    rate.add(status(0, 10, 0), 0);
    rate.add(status(0, 0, 1 << 20), SECOND);
    rate.add(status(0, 0, 1 << 20), 2 * SECOND);
    assertThat(rate.isBusy()).isFalse();
  }

  @Test
  void add_workThatCameLater_isTheTimeSinceThen() throws JsonProcessingException {
    rate.add(status(0, 0, 0), 0);
    rate.add(status(768, 0, 0), 10 * SECOND);
    rate.add(status(384, 0, 0), 14 * SECOND);
    assertThat(rate.toString()).endsWith("about 4 s left");
  }

  /** Its node is away, and nobody copies anything. */
  @Test
  void add_copiesAreMissingThatNobodyMakes_isNotDone() throws JsonProcessingException {
    JsonNode missing =
        new ObjectMapper()
            .readTree("{\"partitions\": {\"underReplicated\": 170}, \"heal\": {\"waiting\": 0}}");
    rate.add(status(0, 10, 0), 0);
    rate.add(missing, 10 * SECOND);
    rate.add(missing, 20 * SECOND);
    assertThat(rate.isBusy()).isTrue();
    assertThat(rate.done()).isLessThan(1);
    assertThat(rate.toString())
        .isEqualTo("170 left to compare or copy, 0.0 MiB/s, time left not known");
  }

  /** Partitions are finished in bursts: the time left goes down all the same. */
  @Test
  void add_workThatEndsInBursts_timeLeftDoesNotJump() throws JsonProcessingException {
    int left = 400;
    rate.add(status(0, left, 0), 0);
    for (int look = 1; look <= 30; look++) {
      left -= look % 3 == 0 ? 12 : 0;
      rate.add(status(0, left, 0), 2L * look * SECOND);
      if (look > 15) {
        // 2 in a second, on average.
        assertThat(secondsLeft()).isBetween(left * 0.35, left * 0.65);
      }
    }
  }

  @Test
  void add_nothingFinishedForAMinute_timeLeftIsNotKnown() throws JsonProcessingException {
    rate.add(status(0, 100, 0), 0);
    rate.add(status(0, 90, 0), 5 * SECOND);
    assertThat(rate.toString()).endsWith("about 45 s left");
    for (int look = 1; look <= 12; look++) {
      rate.add(status(0, 90, 0), (5 + 5L * look) * SECOND);
    }
    assertThat(rate.toString()).endsWith("time left not known");
  }

  private double secondsLeft() {
    Matcher told = Pattern.compile("about (\\d+) (s|min) left").matcher(rate.toString());
    assertThat(told.find()).as(rate.toString()).isTrue();
    return Long.parseLong(told.group(1)) * (told.group(2).equals("min") ? 60 : 1);
  }

  @Test
  void add_whatMovesAndIsComparedToo_countsOnce() throws JsonProcessingException {
    rate.add(status(40, 30, 0), 0);
    assertThat(rate.left()).isEqualTo(40);
  }

  @Test
  void add_aNodeWent_rateIsNotNegative() throws JsonProcessingException {
    rate.add(status(0, 10, 1 << 30), 0);
    rate.add(status(0, 10, 1 << 20), SECOND);
    assertThat(rate.bytesPerSecond()).isZero();
  }
}
