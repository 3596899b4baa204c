package io.sluice.gateway.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HedgedReadTest {
  private static final ChunkId ID = ChunkId.of(0, 7, 1, 2);
  private static final ChunkHeader HEADER =
      new ChunkHeader(ID, new UUID(1, 1), false, 10, List.of());

  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final RepairBacklog backlog = new RepairBacklog(1000);
  private final ReadFigures figures = new ReadFigures();
  private final ReplicaScoreboard scores = new ReplicaScoreboard(System::nanoTime);
  private final Queue<ByteBuf> handedOut = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    timers.shutdownNow();
    assertThat(handedOut).allMatch(buffer -> buffer.refCnt() == 0);
  }

  /** A replica whose reads are answered by hand. */
  private static class ByHand implements ChunkReplica {
    private final String id;
    final Queue<Promise<StoredFrames>> asked = new ConcurrentLinkedQueue<>();

    ByHand(String id) {
      this.id = id;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public State state() {
      return State.WRITABLE;
    }

    @Override
    public Load load() {
      return new Load(0, 0, 1, 1);
    }

    @Override
    public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
      Promise<StoredFrames> promise = Promise.promise();
      asked.add(promise);
      return promise.future();
    }

    @Override
    public Future<Void> delete(List<ChunkId> ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> raiseLayoutVersion(long version) {
      throw new UnsupportedOperationException();
    }
  }

  private StoredFrames frames() {
    ByteBuf buffer = Unpooled.buffer(10).writeZero(10);
    handedOut.add(buffer);
    return new StoredFrames(HEADER, 0, 1, buffer);
  }

  private Future<StoredFrames> read(
      List<? extends ChunkReplica> order, int hedgePercent, long hedgeAfterMs, long totalMs) {
    HedgeBudget budget = new HedgeBudget(hedgePercent);
    if (hedgePercent == 0) {
      while (budget.trySpend()) {
        // What it starts with.
      }
    }
    return new HedgedRead(
            ID,
            0,
            1,
            List.copyOf(order),
            order.stream().map(ChunkReplica::id).toList(),
            false,
            TimeUnit.MILLISECONDS.toNanos(hedgeAfterMs),
            new HedgedRead.Surroundings(
                scores,
                budget,
                backlog,
                figures,
                timers,
                System::nanoTime,
                Duration.ofMillis(200),
                Duration.ofMillis(totalMs)))
        .start();
  }

  @Test
  void read_firstIsSlow_secondIsAskedAndWins_lateBytesAreReleased() {
    ByHand slow = new ByHand("slow");
    ByHand quick = new ByHand("quick");
    Future<StoredFrames> read = read(List.of(slow, quick), 5, 10, 5000);
    await().until(() -> !quick.asked.isEmpty());
    quick.asked.remove().complete(frames());
    assertThat(read.succeeded()).isTrue();
    slow.asked.remove().complete(frames());
    read.result().stored().release();
    assertThat(figures.hedges()).isEqualTo(1);
    assertThat(figures.hedgesWon()).isEqualTo(1);
  }

  @Test
  void read_firstComesAfterTheHedge_stillWins() {
    ByHand slow = new ByHand("slow");
    ByHand slower = new ByHand("slower");
    Future<StoredFrames> read = read(List.of(slow, slower), 5, 10, 5000);
    await().until(() -> !slower.asked.isEmpty());
    slow.asked.remove().complete(frames());
    read.result().stored().release();
    slower.asked.remove().complete(frames());
    assertThat(figures.hedgesWon()).isZero();
  }

  @Test
  void read_noBudget_waitsForTheDeadlineOfTheReplica() {
    ByHand slow = new ByHand("slow");
    ByHand quick = new ByHand("quick");
    long start = System.nanoTime();
    Future<StoredFrames> read = read(List.of(slow, quick), 0, 10, 5000);
    await().until(() -> !quick.asked.isEmpty());
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(199));
    quick.asked.remove().complete(frames());
    read.result().stored().release();
    assertThat(figures.hedges()).isZero();
  }

  @Test
  void read_damagedCopy_nextIsAskedAtOnceAndTheCopyIsNoted() {
    ByHand bad = new ByHand("bad");
    ByHand good = new ByHand("good");
    Future<StoredFrames> read = read(List.of(bad, good), 5, 10_000, 20_000);
    bad.asked.remove().fail(new StorageFailure.ChunkDamaged("crc", null));
    good.asked.remove().complete(frames());
    read.result().stored().release();
    assertThat(backlog.drain(10)).containsExactly(new RepairBacklog.Copy(ID, "bad"));
  }

  @Test
  void read_hedgeFails_firstMayStillAnswer() {
    ByHand slow = new ByHand("slow");
    ByHand failing = new ByHand("failing");
    Future<StoredFrames> read = read(List.of(slow, failing), 5, 10, 5000);
    await().until(() -> !failing.asked.isEmpty());
    failing.asked.remove().fail("broken");
    assertThat(read.isComplete()).isFalse();
    slow.asked.remove().complete(frames());
    read.result().stored().release();
  }

  @Test
  void read_nobodyAnswers_failsAtTheTotalDeadline() {
    ByHand one = new ByHand("one");
    ByHand two = new ByHand("two");
    Future<StoredFrames> read = read(List.of(one, two), 5, 10, 300);
    await().until(read::failed);
    assertThat(read.cause()).isInstanceOf(StorageFailure.Unavailable.class);
    one.asked.remove().complete(frames());
    two.asked.remove().complete(frames());
  }

  /** Replicas that do whatever they like, whenever they like: one completion, and nothing leaks. */
  @Test
  void reads_atRandom_completeOnceAndLeakNothing() throws Exception {
    int reads = 3000;
    CountDownLatch settled = new CountDownLatch(reads);
    AtomicInteger good = new AtomicInteger();
    AtomicInteger completions = new AtomicInteger();
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    Random random = new Random(7);
    for (int i = 0; i < reads; i++) {
      List<ByHand> replicas =
          List.of(
              whimsical("a", random.nextLong(), asked, answered),
              whimsical("b", random.nextLong(), asked, answered),
              whimsical("c", random.nextLong(), asked, answered));
      read(replicas, 100, 1, 30)
          .onComplete(
              result -> {
                completions.incrementAndGet();
                if (result.succeeded()) {
                  good.incrementAndGet();
                  result.result().stored().release();
                }
                settled.countDown();
              });
    }
    assertThat(settled.await(20, TimeUnit.SECONDS)).isTrue();
    await().until(() -> answered.get() == asked.get());
    System.out.printf(
        "%d reads: %d good, %d replicas asked, %d hedges, %d of them first%n",
        reads, good.get(), asked.get(), figures.hedges(), figures.hedgesWon());
    assertThat(completions).hasValue(reads);
    assertThat(good.get()).isBetween(reads / 2, reads);
    assertThat(figures.hedgesWon()).isPositive();
  }

  private ByHand whimsical(String id, long seed, AtomicInteger calls, AtomicInteger answered) {
    Random random = new Random(seed);
    return new ByHand(id) {
      @Override
      public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
        calls.incrementAndGet();
        Promise<StoredFrames> promise = Promise.promise();
        int whim = random.nextInt(10);
        Runnable answer =
            () -> {
              if (whim < 6) {
                promise.complete(frames());
              } else if (whim < 8) {
                promise.fail(new StorageFailure.ChunkDamaged("crc", null));
              } else {
                promise.fail("broken");
              }
              answered.incrementAndGet();
            };
        int delayMs = random.nextInt(8) - 3;
        if (delayMs <= 0) {
          answer.run();
        } else {
          ScheduledFuture<?> unused = timers.schedule(answer, delayMs, TimeUnit.MILLISECONDS);
        }
        return promise.future();
      }
    };
  }
}
