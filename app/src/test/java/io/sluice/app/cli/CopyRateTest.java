package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
        .isEqualTo("100 left to compare or copy, 0.0 MiB/s, time left not known yet");
    rate.add(status(0, 75, 50 << 20), 10 * SECOND);
    assertThat(rate.toString()).isEqualTo("75 left to compare or copy, 5.0 MiB/s, about 30 s left");
    assertThat(rate.done()).isEqualTo(0.25);
    rate.add(status(0, 0, 100 << 20), 20 * SECOND);
    assertThat(rate.done()).isEqualTo(1);
    assertThat(rate.toString()).endsWith("5.0 MiB/s, done");
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
