package io.sluice.load.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadRunTest {

  private long nanos;
  private final Deque<Promise<Long>> inFlight = new ArrayDeque<>();

  @Test
  void start_severalClients_keepsOneOperationInFlightForEach() {
    start(LoadRun.Extent.ofOperations(3, 10));
    assertThat(inFlight).hasSize(3);
    finishOne(5);
    assertThat(inFlight).hasSize(3);
  }

  @Test
  void start_operationsUsedUp_endsWhenTheLastIsDone() {
    Future<LoadResult> result = start(LoadRun.Extent.ofOperations(3, 4));
    for (int i = 0; i < 4; i++) {
      assertThat(result.isComplete()).isFalse();
      finishOne(1000);
    }
    assertThat(result.result().operations()).isEqualTo(4);
    assertThat(result.result().bytes()).isEqualTo(400);
    assertThat(result.result().elapsedNanos()).isEqualTo(4000);
  }

  @Test
  void start_timeOver_finishesWhatIsInFlightAndCountsIt() {
    Future<LoadResult> result = start(LoadRun.Extent.ofSeconds(2, 1));
    finishOne(TimeUnit.SECONDS.toNanos(1));
    assertThat(inFlight).hasSize(1);
    finishOne(TimeUnit.SECONDS.toNanos(1));
    assertThat(result.result().operations()).isEqualTo(2);
    assertThat(result.result().operationsPerSecond()).isEqualTo(1.0);
  }

  @Test
  void start_failedOperation_isAnErrorAndNoLatency() {
    Future<LoadResult> result = start(LoadRun.Extent.ofOperations(1, 2));
    inFlight.remove().fail("status 500");
    finishOne(10);
    assertThat(result.result().errors()).containsEntry("status 500", 1L);
    assertThat(result.result().operations()).isEqualTo(1);
  }

  @Test
  void median_oddAndEvenNumbers_isTheMiddle() {
    assertThat(Goal.median(List.of(3.0, 1.0, 2.0))).isEqualTo(2.0);
    assertThat(Goal.median(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(2.5);
  }

  @Test
  void outcome_ratioBelowGoal_saysByHowMuch() {
    Goal goal = new Goal("g", "1/s", 0.5, () -> 0, () -> 0, List.of());
    Goal.Outcome missed =
        new Goal.Outcome(goal, List.of(40.0), List.of(100.0), List.of(), List.of());
    assertThat(missed.met()).isFalse();
    assertThat(missed.verdict()).isEqualTo("missed by 20 %");
    assertThat(new Goal.Outcome(goal, List.of(50.0), List.of(100.0), List.of(), List.of()).met())
        .isTrue();
  }

  private Future<LoadResult> start(LoadRun.Extent extent) {
    return new LoadRun(
            "op",
            extent,
            () -> nanos,
            (client, sequence) -> {
              Promise<Long> promise = Promise.promise();
              inFlight.add(promise);
              return promise.future();
            })
        .start();
  }

  private void finishOne(long afterNanos) {
    nanos += afterNanos;
    inFlight.remove().complete(100L);
  }
}
