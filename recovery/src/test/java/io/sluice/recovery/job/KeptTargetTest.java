package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.NoChunks;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeptTargetTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final CountDownLatch wakeUp = new CountDownLatch(1);
  private final AtomicLong nanos = new AtomicLong();
  private final HungTargets hung = new HungTargets();
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private final ExecutorService lookers = Executors.newCachedThreadPool();
  private final MemoryTarget stored = new MemoryTarget();
  private final BackupGround ground =
      new BackupGround(
          new NoMetadata(),
          new NoChunks(),
          new UUID(1, 1),
          "n1",
          () -> true,
          record -> {
            opened.incrementAndGet();
            return new ForwardingTarget(stored) {
              @Override
              public void close() {
                closed.incrementAndGet();
              }
            };
          },
          lookers,
          timers,
          Clock.systemUTC(),
          nanos::get,
          hung,
          () -> 0);
  private final KeptTarget kept =
      new KeptTarget(ground, TargetRecord.newBuilder().setUrl("file:///there").build());

  @AfterEach
  void close() {
    wakeUp.countDown();
    timers.shutdownNow();
    lookers.shutdownNow();
  }

  private <T> T look(TargetLook<T> look) {
    return kept.look(look).await().atMost(PATIENCE);
  }

  private static Boolean failing() throws IOException {
    throw new IOException("no good");
  }

  @Test
  void look_again_isAtTheSameOne_untilOneFails() {
    List<String> folders = look(target -> target.folders(""));
    assertThat(folders).isEmpty();
    look(target -> true);
    assertThat(opened).hasValue(1);
    assertThatThrownBy(() -> look(target -> failing())).hasMessageContaining("no good");
    assertThat(closed).hasValue(1);
    look(target -> true);
    assertThat(opened).hasValue(2);
    kept.close();
    Awaitility.await().atMost(PATIENCE).until(() -> closed.get() == 2);
  }

  @Test
  void look_hangs_isGivenUpAndCounted_andTheNextBeginsAnewWhenItIsBack() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CompletableFuture<Boolean> first =
        kept.look(
                target -> {
                  hangs.countDown();
                  return wokenUp();
                })
            .subscribeAsCompletionStage()
            .toCompletableFuture();
    assertThat(hangs.await(30, TimeUnit.SECONDS)).isTrue();
    nanos.addAndGet(Duration.ofMinutes(2).toNanos());
    assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS)).hasMessageContaining("answer");
    assertThat(hung.threads()).isEqualTo(1);
    assertThatThrownBy(() -> look(target -> true)).hasMessageContaining("answer");
    assertThat(closed).as("somebody is in it").hasValue(0);
    wakeUp.countDown();
    Awaitility.await().atMost(PATIENCE).until(() -> hung.threads() == 0);
    assertThat(closed).hasValue(1);
    boolean seen = look(target -> true);
    assertThat(seen).isTrue();
    assertThat(opened).hasValue(2);
  }

  private boolean wokenUp() throws IOException {
    try {
      wakeUp.await();
      return true;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
