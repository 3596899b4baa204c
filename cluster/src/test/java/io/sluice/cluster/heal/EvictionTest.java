package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.Layout;
import io.sluice.storage.Pace;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.testkit.InMemoryReplica;
import io.sluice.testkit.TestClock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** INVARIANTS 4: nothing is given up by a disk that keeps it again. */
class EvictionTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final ChunkId CHUNK = id(0, 1);
  private static final Layout GONE = new Layout(1, 1, Collections.nCopies(1, List.of("other")));
  private static final Layout BACK =
      new Layout(2, 1, GONE.partitions(), Collections.nCopies(1, List.of("own")));

  private final InMemoryReplica own = new InMemoryReplica("own");
  private final InMemoryReplica other = new InMemoryReplica("other");
  private final Map<String, InMemoryReplica> disks = Map.of("own", own, "other", other);
  private final TestClock clock = new TestClock();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void close() {
    scheduler.shutdownNow();
  }

  private Eviction eviction(Supplier<Layout> layout) {
    HealMeters meters = new HealMeters(1L << 40);
    Pace pace = new Pace(1L << 40, System::nanoTime, scheduler);
    return new Eviction(
        layout,
        Map.of("own", own),
        new OtherHolders(disks::get),
        pace,
        new ChunkCopy(pace, LIMIT, meters),
        HealOptions.DEFAULT,
        clock::nanos,
        meters);
  }

  private void passGrace() {
    clock.pass(HealOptions.DEFAULT.evictionGrace());
  }

  private static void store(InMemoryReplica replica) {
    EncodedChunk chunk = TestCluster.chunk(CHUNK);
    assertThat(replica.write(chunk, 1).succeeded()).isTrue();
    chunk.release();
  }

  @Test
  void run_partitionComesBackAfterItWasFoundGone_keepsItsChunks() {
    AtomicInteger looks = new AtomicInteger();
    // Each run looks once at all partitions, and again before each page.
    Eviction eviction = eviction(() -> looks.incrementAndGet() <= 2 ? GONE : BACK);
    store(own);
    store(other);
    eviction.run().await().atMost(LIMIT);
    passGrace();
    eviction.run().await().atMost(LIMIT);
    assertThat(own.ids()).containsExactly(CHUNK);
  }

  @Test
  void run_afterTheGrace_givesUpWhatTheOthersHave() {
    Eviction eviction = eviction(() -> GONE);
    store(own);
    store(other);
    eviction.run().await().atMost(LIMIT);
    assertThat(own.ids()).containsExactly(CHUNK);
    passGrace();
    eviction.run().await().atMost(LIMIT);
    assertThat(own.ids()).isEmpty();
    assertThat(eviction.isAt(new Held("own", 0))).isFalse();
  }

  @Test
  void run_heldAgainBetweenTwoRuns_graceBeginsAnew() {
    Eviction eviction = eviction(() -> GONE);
    store(own);
    store(other);
    eviction.run().await().atMost(LIMIT);
    passGrace();
    eviction.isHeld(new Held("own", 0));
    eviction.run().await().atMost(LIMIT);
    assertThat(own.ids()).containsExactly(CHUNK);
  }

  @Test
  void run_othersCannotBeAsked_keepsItsChunks() {
    Eviction eviction = eviction(() -> GONE);
    store(own);
    eviction.run().await().atMost(LIMIT);
    passGrace();
    other.down(true);
    eviction.run().await().atMost(LIMIT);
    assertThat(own.ids()).containsExactly(CHUNK);
  }
}
