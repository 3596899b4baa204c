package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TargetWorkerTest {
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private final TestClock clock = new TestClock();

  /** Steps that were taken by the thread, and not done yet. */
  private final List<Runnable> taken = new ArrayList<>();

  @AfterEach
  void close() {
    timers.shutdownNow();
  }

  private void doTaken() {
    List<Runnable> now = List.copyOf(taken);
    taken.clear();
    now.forEach(Runnable::run);
  }

  /** A chunk that was still being fetched when its backup failed must not open another pack. */
  @Test
  void begin_afterTheEnd_failsAndDoesNothing() {
    BackupGround ground =
        new BackupGround(
            new BackupPrunesTest.Records(),
            new NoChunks(),
            UUID.randomUUID(),
            "n1",
            () -> true,
            record -> new MemoryTarget(),
            taken::add,
            timers,
            clock);
    TargetWorker worker =
        new TargetWorker(
            ground, TargetRecord.getDefaultInstance(), taken::add, Duration.ofMinutes(1));
    List<String> done = new ArrayList<>();
    timers.setRemoveOnCancelPolicy(true);
    assertThat(timers.getQueue()).as("one that is never used needs no watching").isEmpty();
    CompletableFuture<Boolean> first = worker.begin(() -> done.add("first"));
    doTaken();
    CompletableFuture<Boolean> waiting = worker.begin(() -> done.add("waiting"));
    CompletableFuture<Void> end = worker.end(() -> done.add("end")).subscribeAsCompletionStage();
    CompletableFuture<Boolean> late = worker.begin(() -> done.add("late"));
    doTaken();
    assertThat(done).containsExactly("first", "end");
    assertThat(first).isCompletedWithValue(true);
    assertThat(end).isCompleted();
    assertThat(timers.getQueue()).isEmpty();
    for (CompletableFuture<Boolean> stray : List.of(waiting, late)) {
      assertThat(stray).isCompletedExceptionally();
      assertThat(stray.handle((value, failure) -> failure).join()).isInstanceOf(IOException.class);
    }
  }
}
