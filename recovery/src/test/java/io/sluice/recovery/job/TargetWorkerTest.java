package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.recovery.NoChunks;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TargetWorkerTest {
  private static final Duration SILENCE_MAX = Duration.ofMinutes(5);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final TargetRecord DISK =
      TargetRecord.newBuilder().setName("disk").setUrl("file:///disk").build();

  private final TestClock clock = new TestClock();
  private final HungTargets hung = new HungTargets();
  private final MemoryTarget stored = new MemoryTarget();
  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch wakeUp = new CountDownLatch(1);
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  /** Each file that is created hangs when it is written to. */
  private final class Hanging extends ForwardingTarget {
    Hanging() {
      super(stored);
    }

    @Override
    public NewFile create(String name) throws IOException {
      NewFile file = super.create(name);
      return new NewFile() {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
          hang();
          file.write(bytes);
        }

        @Override
        public void commit() throws IOException {
          file.commit();
        }

        @Override
        public void close() throws IOException {
          file.close();
        }
      };
    }
  }

  private void hang() throws IOException {
    hangs.countDown();
    try {
      wakeUp.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Steps that were taken by the thread, and not done yet. */
  private final List<Runnable> taken = new ArrayList<>();

  private void doTaken() {
    List<Runnable> now = List.copyOf(taken);
    taken.clear();
    now.forEach(Runnable::run);
  }

  @AfterEach
  void close() {
    wakeUp.countDown();
    thread.shutdown();
    timers.shutdownNow();
  }

  private TargetWorker worker(TargetRecord record) {
    return worker(record, thread);
  }

  private TargetWorker worker(TargetRecord record, Executor steps) {
    BackupGround ground =
        new BackupGround(
            new BackupPrunesTest.Records(),
            new NoChunks(),
            new UUID(1, 2),
            "n1",
            () -> true,
            target -> new Hanging(),
            steps,
            timers,
            clock,
            clock::nanos,
            hung,
            () -> 0);
    return new TargetWorker(ground, record, steps, SILENCE_MAX);
  }

  private List<String> files() throws IOException {
    List<String> files = new ArrayList<>();
    stored.list("", file -> files.add(file.name()));
    return files;
  }

  @Test
  void othersFindThatItHangs_whoHasBegunGoesOn_andNobodyBegins() throws Exception {
    TargetWorker begun = worker(DISK);
    begun.begin(() -> 1).get(30, TimeUnit.SECONDS);
    hung.add(DISK.getUrl());
    assertThat(begun.begin(() -> 2).get(30, TimeUnit.SECONDS)).isEqualTo(2);
    assertThatThrownBy(() -> worker(DISK).begin(() -> 3).get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TargetHangsException.class);
  }

  @Test
  void givenUp_threadWakesUp_asksForNothingMore() throws Exception {
    TargetWorker worker = worker(DISK);
    AtomicReference<Throwable> refused = new AtomicReference<>();
    CompletableFuture<Integer> step =
        worker.begin(
            () -> {
              try (BackupTarget target = worker.open();
                  NewFile file = target.create("sets/1/set.json")) {
                file.write(ByteBuffer.allocate(1));
                file.commit();
                return 1;
              } catch (IOException e) {
                refused.set(e);
                throw e;
              }
            });
    hangs.await();
    clock.pass(SILENCE_MAX.plusSeconds(1));
    assertThatThrownBy(() -> step.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TargetHangsException.class);
    assertThat(hung.threads()).isEqualTo(1);
    wakeUp.countDown();
    await().atMost(PATIENCE).until(() -> hung.threads() == 0);
    assertThat(refused.get()).isInstanceOf(TargetHangsException.class);
    assertThat(files()).isEmpty();
  }

  @Test
  void givenUp_resultComesLate_isHandedBack() throws Exception {
    TargetWorker worker = worker(DISK);
    AtomicReference<String> unwanted = new AtomicReference<>();
    CompletableFuture<String> step =
        worker
            .step(
                () -> {
                  hang();
                  return "frames";
                },
                unwanted::set)
            .subscribeAsCompletionStage();
    hangs.await();
    clock.pass(SILENCE_MAX.plusSeconds(1));
    assertThatThrownBy(() -> step.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TargetHangsException.class);
    wakeUp.countDown();
    await().atMost(PATIENCE).until(() -> "frames".equals(unwanted.get()));
  }

  @Test
  void targetHasDeadlines_isNotWatched() throws Exception {
    TargetWorker worker = worker(DISK.toBuilder().setUrl("s3://backups/here").build());
    CompletableFuture<Integer> step =
        worker.begin(
            () -> {
              hang();
              return 1;
            });
    hangs.await();
    assertThat(timers.getQueue()).isEmpty();
    wakeUp.countDown();
    assertThat(step.get(30, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @Test
  void steps_haveEnded_nothingIsWatched() throws Exception {
    TargetWorker worker = worker(DISK);
    for (int i = 0; i < 3; i++) {
      worker.begin(() -> 1).get(30, TimeUnit.SECONDS);
    }
    await().atMost(PATIENCE).until(() -> timers.getQueue().isEmpty());
  }

  /** A chunk that was still being fetched when its backup failed must not open another pack. */
  @Test
  void begin_afterTheEnd_failsAndDoesNothing() {
    TargetWorker worker = worker(DISK, taken::add);
    List<String> done = new ArrayList<>();
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
    for (CompletableFuture<Boolean> stray : List.of(waiting, late)) {
      assertThat(stray).isCompletedExceptionally();
      assertThat(stray.handle((value, failure) -> failure).join()).isInstanceOf(IOException.class);
    }
  }
}
