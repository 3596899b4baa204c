package io.sluice.testkit.loops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.AfterEachCallback;

/** That every way to block an event loop is found, and that working is not taken for one. */
class BlockedLoopsTest {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long BLOCK_MS = 130;

  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

  /** What a test does on the event loop. */
  private interface Action {
    void run() throws Exception;
  }

  @BeforeEach
  void watch() {
    BlockedLoops.watch(vertx);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    later.shutdownNow();
  }

  @Test
  void look_loopWaitsForALatch_isFoundWithItsStack() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    List<Throwable> found = onLoop(() -> never.await(BLOCK_MS, TimeUnit.MILLISECONDS));
    assertThat(found).hasSize(1);
    assertThat(found.get(0))
        .hasMessageContaining("vert.x-eventloop-thread")
        .hasMessageContaining("waited");
    assertThat(found.get(0).getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(CountDownLatch.class.getName()));
  }

  @Test
  void look_loopWaitsForALock_isFound() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    CountDownLatch held = new CountDownLatch(1);
    later.execute(
        () -> {
          lock.lock();
          try {
            held.countDown();
            pause();
          } finally {
            lock.unlock();
          }
        });
    held.await();
    assertThat(onLoop(() -> lockAndUnlock(lock))).hasSize(1);
  }

  private static void lockAndUnlock(ReentrantLock lock) {
    lock.lock();
    try {
      assertThat(lock.isHeldByCurrentThread()).isTrue();
    } finally {
      lock.unlock();
    }
  }

  private static void pause() {
    try {
      new CountDownLatch(1).await(BLOCK_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void look_loopSitsInASystemCall_isFoundThoughJavaCallsItRunnable() throws Exception {
    Pipe pipe = Pipe.open();
    AtomicReference<Thread.State> state = new AtomicReference<>();
    assertThat(
            onLoop(
                () -> {
                  Thread loop = Thread.currentThread();
                  later.execute(
                      () -> {
                        pause();
                        state.set(loop.getState());
                        write(pipe);
                      });
                  pipe.source().read(ByteBuffer.allocate(1));
                }))
        .hasSize(1);
    assertThat(state).hasValue(Thread.State.RUNNABLE);
  }

  private static void write(Pipe pipe) {
    try {
      pipe.sink().write(ByteBuffer.allocate(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void look_loopComputes_isFoundByTheProcessorsClock() throws Exception {
    List<Throwable> found = onLoop(() -> compute(BLOCK_MS));
    assertThat(found).hasSize(1);
    assertThat(found.get(0)).hasMessageContaining(" ran");
  }

  /** Its first use runs its initialisation, as loading from a slow disk would take as long. */
  private static final class SlowToLoad {
    static final int ONE;

    static {
      compute(BLOCK_MS);
      ONE = 1;
    }
  }

  private static final class FarTooSlowToLoad {
    static final int ONE;

    static {
      compute(600);
      ONE = 1;
    }
  }

  @Test
  void look_loopLoadsAClass_hasLonger() throws Exception {
    assertThat(onLoop(() -> assertThat(SlowToLoad.ONE).isOne())).isEmpty();
  }

  @Test
  void look_loopLoadsAClassForFarTooLong_isFound() throws Exception {
    assertThat(onLoop(() -> assertThat(FarTooSlowToLoad.ONE).isOne())).hasSize(1);
  }

  private static void compute(long ms) {
    long end = THREADS.getCurrentThreadCpuTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    while (THREADS.getCurrentThreadCpuTime() < end) {
      Thread.onSpinWait();
    }
  }

  @Test
  void look_manyShortTasks_areFine() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(onLoop(() -> compute(20))).isEmpty();
    }
  }

  @Test
  void afterEach_somethingFound_failsTheTest() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    vertx.runOnContext(
        ignored -> {
          compute(BLOCK_MS);
          done.countDown();
        });
    done.await();
    AfterEachCallback extension = new BlockedLoops();
    assertThatThrownBy(() -> afterEach(extension))
        .isInstanceOf(AssertionError.class)
        .hasMessage("an event loop was blocked");
    assertThat(BlockedLoops.takeFound()).isEmpty();
  }

  private static void afterEach(AfterEachCallback extension) throws Exception {
    extension.afterEach(null);
  }

  private List<Throwable> onLoop(Action action) throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    vertx.runOnContext(
        ignored -> {
          try {
            action.run();
          } catch (Exception e) {
            failure.set(e);
          }
          done.countDown();
        });
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(failure).hasNullValue();
    return BlockedLoops.takeFound();
  }
}
