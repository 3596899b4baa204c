package io.sluice.storage.verticle;

import static io.sluice.storage.verticle.ChunkReplicaContract.assertFails;
import static io.sluice.storage.verticle.ChunkReplicaContract.get;
import static io.sluice.storage.verticle.ChunkReplicaContract.read;
import static io.sluice.storage.verticle.ChunkReplicaContract.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica.State;
import io.sluice.storage.chunk.EncodedChunk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {
  /** Six of these fill a segment of the fixture. */
  private static final int LENGTH = 10_000;

  @TempDir Path path;
  private StoreFixture stores;
  private final FaultyFiles files = new FaultyFiles();

  @BeforeEach
  void fixture() {
    stores = new StoreFixture(path.resolve("live"));
    stores.files = files;
  }

  private static void fill(SegmentStore store, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      write(store, Chunks.id(i), LENGTH);
    }
  }

  private static void check(SegmentStore store, int count, Set<Integer> deleted) throws Exception {
    for (int i = 0; i < count; i++) {
      ChunkId id = Chunks.id(i);
      if (deleted.contains(i)) {
        assertFails(store.read(id, 0, 1), StorageFailure.ChunkNotFound.class);
      } else {
        assertThat(read(store, id)).isEqualTo(Chunks.plain(id, LENGTH));
      }
    }
  }

  private static Set<Integer> delete(SegmentStore store, Integer... numbers) throws Exception {
    List<ChunkId> ids = new ArrayList<>();
    for (int number : numbers) {
      ids.add(Chunks.id(number));
    }
    get(store.delete(ids));
    return new HashSet<>(List.of(numbers));
  }

  @Test
  void compact_mostlyDeadSegment_isCopiedAndRemoved() throws Exception {
    Set<Integer> deleted;
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      deleted = delete(store, 0, 1, 2, 3);
      assertThat(get(store.compact())).isEqualTo(1);
      assertThat(files.list(stores.segments()))
          .doesNotContain(Segment.fileName(1))
          .contains(Segment.fileName(2));
      check(store, 13, deleted);
      assertThat(get(store.compact())).isZero();
    }
    try (SegmentStore store = stores.open()) {
      check(store, 13, deleted);
    }
    Crash.deleteTree(stores.index());
    try (SegmentStore store = stores.open()) {
      check(store, 13, deleted);
      assertThat(store.recovery().damagedRecords()).isZero();
    }
  }

  @Test
  void compact_deadSegment_isRemoved_andMostlyLiveOneKept() throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      Set<Integer> deleted = delete(store, 0, 1, 2, 3, 4, 5, 6);
      assertThat(get(store.compact())).isEqualTo(1);
      assertThat(files.list(stores.segments()))
          .containsExactly(Segment.fileName(2), Segment.fileName(3));
      check(store, 13, deleted);
    }
  }

  @Test
  void compact_crashBeforeEachFileOperation_losesAndRevivesNothing() throws Exception {
    AtomicInteger crashes = new AtomicInteger();
    Set<Integer> deleted;
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      deleted = delete(store, 0, 1, 2, 3, 7, 8, 9, 10);
      files.fault =
          (what, file) -> {
            if (!what.equals("read")) {
              Crash.copyTree(stores.path, path.resolve("crash" + crashes.getAndIncrement()));
            }
          };
      assertThat(get(store.compact())).isEqualTo(2);
      files.fault = (what, file) -> {};
    }
    assertThat(crashes.get()).isGreaterThan(6);
    for (int i = 0; i < crashes.get(); i++) {
      StoreFixture crashed = new StoreFixture(path.resolve("crash" + i));
      try (SegmentStore store = crashed.open()) {
        check(store, 13, deleted);
        get(store.compact());
        check(store, 13, deleted);
      }
      Crash.deleteTree(crashed.index());
      try (SegmentStore store = crashed.open()) {
        check(store, 13, deleted);
      }
    }
  }

  @Test
  void compact_fileStaysUntilItsLastReaderIsDone() throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      delete(store, 0, 1, 2, 3);
      List<String> deletedFiles = new ArrayList<>();
      var inRead = new java.util.concurrent.CountDownLatch(1);
      var goOn = new java.util.concurrent.CountDownLatch(1);
      files.fault =
          (what, file) -> {
            if (what.equals("read") && Thread.currentThread().getName().contains("-read-")) {
              inRead.countDown();
              awaitLatch(goOn);
            }
            if (what.equals("delete")) {
              deletedFiles.add(file.getFileName().toString());
            }
          };
      var reading = store.read(Chunks.id(4), 0, 1);
      inRead.await();
      assertThat(get(store.compact())).isEqualTo(1);
      assertThat(deletedFiles).isEmpty();
      goOn.countDown();
      var frames = get(reading);
      assertThat(frames.stored().readableBytes()).isEqualTo(LENGTH);
      frames.stored().release();
      org.awaitility.Awaitility.await()
          .until(() -> deletedFiles.equals(List.of(Segment.fileName(1))));
    }
  }

  private static void awaitLatch(java.util.concurrent.CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void tombstone_isKeptWhileASegmentHoldsTheChunk_howeverOld() throws Exception {
    stores.options = stores.options.withTombstoneAge(Duration.ofDays(1));
    try (SegmentStore store = stores.open()) {
      fill(store, 12); // segments 1 and 2 are full
      write(store, Chunks.id(100), 60_000);
      delete(store, 0); // in segment 3; segment 1 stays mostly live
      write(store, Chunks.id(101), 60_000);
      delete(store, 100);
      stores.now.set(stores.now.get().plus(Duration.ofDays(10)));
      assertThat(get(store.compact())).isEqualTo(1);
      assertThat(files.list(stores.segments()))
          .contains(Segment.fileName(1))
          .doesNotContain(Segment.fileName(3));
    }
    Crash.deleteTree(stores.index());
    try (SegmentStore store = stores.open()) {
      check(store, 12, Set.of(0));
    }
  }

  @Test
  void tombstone_isDroppedWhenOldAndNothingHoldsTheChunk() throws Exception {
    stores.options = stores.options.withTombstoneAge(Duration.ofDays(1));
    EncodedChunk late = Chunks.chunk(Chunks.id(0), 10);
    try (SegmentStore store = stores.open()) {
      fill(store, 6);
      delete(store, 0, 1, 2, 3, 4, 5);
      write(store, Chunks.id(100), 60_000);
      write(store, Chunks.id(101), 60_000);
      get(store.compact());
      assertFails(store.write(late, 1), StorageFailure.ChunkNotFound.class);
    }
    // What compaction was writing to is gone on with after the restart, and sealed when it is full.
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(102), 65_400);
      get(store.compact());
      assertFails(store.write(late, 1), StorageFailure.ChunkNotFound.class);
      stores.now.set(stores.now.get().plus(Duration.ofDays(2)));
      assertThat(get(store.compact())).isEqualTo(1);
      get(store.write(late, 1)); // nothing remembers it any more
    }
    late.release();
  }

  @Test
  void compact_damagedRecord_isQuarantinedAndNotCopied() throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      Damage.flip(stores.segments().resolve(Segment.fileName(1)), 5 * (LENGTH + 88) + 500);
      delete(store, 0, 1, 2, 3);
      get(store.compact());
      assertThat(stores.damaged).containsExactly(Chunks.id(5));
      assertFails(store.read(Chunks.id(5), 0, 1), StorageFailure.ChunkDamaged.class);
      assertThat(read(store, Chunks.id(4))).hasSize(LENGTH);
      write(store, Chunks.id(5), LENGTH);
      assertThat(read(store, Chunks.id(5))).hasSize(LENGTH);
    }
  }

  @Test
  void compact_damagedHead_isQuarantined() throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      Damage.flip(
          stores.segments().resolve(Segment.fileName(1)),
          SegmentHeader.LENGTH + 4 * (LENGTH + 88) + 10);
      delete(store, 0, 1, 2, 3);
      assertThat(get(store.compact())).isEqualTo(1);
      assertThat(stores.damaged).containsExactly(Chunks.id(4));
      assertThat(read(store, Chunks.id(5))).hasSize(LENGTH);
    }
  }

  /** One bad sector in old data must not take the whole disk out of service. */
  @Test
  void compact_unreadableSegment_isLeftAlone_andTheDiskAndTheOthersGoOn() throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      Set<Integer> deleted = delete(store, 0, 1, 2, 3, 6, 7, 8, 9);
      files.fault =
          (what, file) -> {
            if (what.equals("read") && file.endsWith(Segment.fileName(1))) {
              throw new IOException("Input/output error");
            }
          };
      assertThatThrownBy(() -> get(store.compact())).hasStackTraceContaining("Input/output error");
      assertThat(store.state()).isEqualTo(State.WRITABLE);
      assertThat(get(store.compact())).isEqualTo(1);
      assertThat(files.list(stores.segments()))
          .contains(Segment.fileName(1))
          .doesNotContain(Segment.fileName(2));
      write(store, Chunks.id(20), LENGTH);
      files.fault = (what, file) -> {};
      check(store, 13, deleted);
    }
  }

  /** What nobody foresaw must not leave compaction "under way" for ever. */
  @Test
  void compact_unexpectedFailure_isReportedAndTheNextRunBeginsAnew() throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store, 13);
      Set<Integer> deleted = delete(store, 0, 1, 2, 3);
      files.fault =
          (what, file) -> {
            if (what.equals("create")) {
              throw new IllegalStateException("unforeseen");
            }
          };
      assertThatThrownBy(() -> get(store.compact())).hasStackTraceContaining("unforeseen");
      files.fault = (what, file) -> {};
      assertThat(get(store.compact())).isEqualTo(1);
      check(store, 13, deleted);
    }
  }
}
