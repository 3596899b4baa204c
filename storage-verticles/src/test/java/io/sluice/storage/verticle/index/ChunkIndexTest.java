package io.sluice.storage.verticle.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.verticle.index.IndexEntry.Deleted;
import io.sluice.storage.verticle.index.IndexEntry.Stored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkIndexTest {
  private static final UUID DISK = new UUID(1, 2);
  private static final ChunkId A = ChunkId.of(0, 1, 1000, 1);
  private static final ChunkId B = ChunkId.of(0, 2, 1000, 2);

  @TempDir Path path;

  private ChunkIndex open() throws IOException {
    return ChunkIndex.open(path.resolve("index"), DISK, 1 << 20);
  }

  private static ChunkHeader header(ChunkId id) {
    return new ChunkHeader(id, DISK, false, 10, List.of(new ChunkFrame(10, false, 7)));
  }

  private static final int LENGTH = header(A).recordLength();

  /** INVARIANTS 14: closing RocksDB under an open iterator crashes the process. */
  @Test
  void close_whileAnIteratorIsOpen_waitsForIt() throws Exception {
    ChunkIndex index = open();
    index.update(
        update -> {
          update.stored(header(A), 1, 64);
          update.stored(header(B), 1, 200);
        });
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Integer> visited =
        CompletableFuture.supplyAsync(
            () -> {
              int[] count = new int[1];
              try {
                index.visit(
                    new ChunkId(0, 0),
                    null,
                    (id, entry) -> {
                      inside.countDown();
                      awaitLatch(goOn);
                      count[0]++;
                      return true;
                    });
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
              return count[0];
            },
            ChunkIndexTest::inNewThread);
    inside.await();
    CompletableFuture<Void> closed =
        CompletableFuture.runAsync(index::close, ChunkIndexTest::inNewThread);
    await().until(() -> refusesReads(index));
    assertThat(index.leasesHeld()).isPositive();
    assertThat(closed).isNotDone();
    goOn.countDown();
    assertThat(visited.get(10, TimeUnit.SECONDS)).isEqualTo(2);
    closed.get(10, TimeUnit.SECONDS);
  }

  /** The common pool may have one thread, and both of these block. */
  private static void inNewThread(Runnable task) {
    new Thread(task).start();
  }

  private static boolean refusesReads(ChunkIndex index) throws IOException {
    try {
      index.get(A);
      return false;
    } catch (IndexClosedException e) {
      return true;
    }
  }

  private static void awaitLatch(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void use_afterClose_failsCleanly() throws IOException {
    ChunkIndex index = open();
    index.close();
    index.close();
    assertThatThrownBy(() -> index.get(A)).isInstanceOf(IndexClosedException.class);
    assertThatThrownBy(() -> index.update(update -> {})).isInstanceOf(IndexClosedException.class);
    assertThatThrownBy(index::flush).isInstanceOf(IndexClosedException.class);
  }

  @Test
  void open_ofAnotherDisk_beginsAnew() throws IOException {
    try (ChunkIndex index = open()) {
      assertThat(index.isFresh()).isTrue();
      index.update(update -> update.stored(header(A), 1, 64));
    }
    try (ChunkIndex index = open()) {
      assertThat(index.isFresh()).isFalse();
      assertThat(index.get(A)).isEqualTo(Stored.of(header(A), 1, 64));
    }
    try (ChunkIndex other = ChunkIndex.open(path.resolve("index"), new UUID(9, 9), 1 << 20)) {
      assertThat(other.isFresh()).isTrue();
      assertThat(other.get(A)).isNull();
    }
  }

  @Test
  void tombstone_beatsACopy_inEitherOrder() throws IOException {
    try (ChunkIndex index = open()) {
      index.update(
          update -> {
            update.stored(header(A), 1, 64);
            update.deleted(A, 80, new Deleted(2, 5), 6);
            update.deleted(B, 80, new Deleted(2, 5), 6);
            update.stored(header(B), 1, 200);
          });
      assertThat(index.get(A)).isEqualTo(new Deleted(2, 5));
      assertThat(index.get(B)).isEqualTo(new Deleted(2, 5));
      assertThat(index.hasGhost(A, segment -> segment == 1)).isTrue();
      assertThat(index.hasGhost(B, segment -> segment == 1)).isTrue();
      assertThat(index.hasGhost(B, segment -> segment == 2)).isFalse();
      assertThat(index.segment(1).liveBytes()).isZero();
      assertThat(index.segment(2).liveBytes()).isEqualTo(160);
      assertThat(index.segment(2).tombstoneBytes()).isEqualTo(160);
      assertThat(index.segment(2).tombstoneReviewMs()).isEqualTo(6);
    }
  }

  @Test
  void stored_seenTwice_countsOnce() throws IOException {
    try (ChunkIndex index = open()) {
      for (int i = 0; i < 2; i++) {
        index.update(
            update -> {
              update.stored(header(A), 1, 64);
              update.stored(header(A), 1, 64);
              update.stored(header(A), 3, 64);
            });
      }
      assertThat(index.segment(1).liveBytes()).isEqualTo(LENGTH);
      assertThat(index.segment(3).liveBytes()).isZero();
      assertThat(index.hasGhost(A, segment -> segment == 3)).isTrue();
      assertThat(index.hasGhost(A, segment -> segment == 1)).isFalse();
    }
  }

  @Test
  void damaged_mayBeWrittenAnew() throws IOException {
    try (ChunkIndex index = open()) {
      index.update(update -> update.stored(header(A), 1, 64));
      Stored place = (Stored) index.get(A);
      index.update(
          update -> {
            assertThat(update.damaged(A, place)).isTrue();
            assertThat(update.damaged(A, place)).isFalse();
          });
      assertThat(index.get(A)).isEqualTo(place.asDamaged());
      assertThat(index.segment(1).liveBytes()).isZero();
      index.update(update -> update.stored(header(A), 2, 64));
      assertThat(index.get(A)).isEqualTo(Stored.of(header(A), 2, 64));
      assertThat(index.segment(2).liveBytes()).isEqualTo(LENGTH);
    }
  }

  @Test
  void moved_afterTheChunkWasDeleted_isAGhost() throws IOException {
    try (ChunkIndex index = open()) {
      index.update(
          update -> {
            update.stored(header(A), 1, 64);
            update.deleted(A, 80, new Deleted(2, 5), 6);
            update.moved(header(A), 1, 64, 3, 64);
          });
      assertThat(index.get(A)).isEqualTo(new Deleted(2, 5));
      assertThat(index.hasGhost(A, segment -> segment == 3)).isTrue();
      assertThat(index.segment(3).liveBytes()).isZero();
    }
  }

  @Test
  void forget_removesTombstoneAndGhosts() throws IOException {
    try (ChunkIndex index = open()) {
      index.update(
          update -> {
            update.stored(header(A), 1, 64);
            update.deleted(A, 80, new Deleted(2, 5), 6);
          });
      index.update(update -> update.forget(A, 80, 2));
      assertThat(index.get(A)).isNull();
      assertThat(index.hasGhost(A, segment -> true)).isFalse();
      assertThat(index.segment(2).liveBytes()).isZero();
    }
  }

  @Property(tries = 200)
  void entry_roundTrip(
      @ForAll long segment,
      @ForAll @IntRange(min = 0) int offset,
      @ForAll @IntRange(min = 0, max = 4 << 20) int plain,
      @ForAll boolean damaged,
      @ForAll boolean compressed,
      @ForAll int crc) {
    List<ChunkFrame> frames = List.of(new ChunkFrame(262_144, compressed, crc));
    Stored stored = new Stored(segment, offset, plain, frames, damaged);
    assertThat(IndexEntry.decode(IndexEntry.encode(stored))).isEqualTo(stored);
    Deleted deleted = new Deleted(segment, crc);
    assertThat(IndexEntry.decode(IndexEntry.encode(deleted))).isEqualTo(deleted);
    SegmentStats stats = new SegmentStats(segment, offset, plain, damaged, crc);
    assertThat(SegmentStats.decode(stats.encode())).isEqualTo(stats);
  }
}
