package io.sluice.storage.verticle;

import static io.sluice.storage.verticle.ChunkReplicaContract.assertFails;
import static io.sluice.storage.verticle.ChunkReplicaContract.get;
import static io.sluice.storage.verticle.ChunkReplicaContract.read;
import static io.sluice.storage.verticle.ChunkReplicaContract.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkReplica.State;
import io.sluice.storage.chunk.EncodedChunk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** INVARIANTS 9: after a failed write or fsync, the tail is rewritten elsewhere, never retried. */
class FailedDiskTest {
  private static final int LARGE = 3_000_000;

  @TempDir Path path;
  private StoreFixture stores;
  private final FaultyFiles files = new FaultyFiles();

  @BeforeEach
  void fixture() {
    stores = new StoreFixture(path);
    stores.files = files;
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "force"})
  void oneFailure_tailIsRewrittenElsewhere_andThatFileIsNeverWrittenAgain(String operation)
      throws Exception {
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      AtomicReference<Path> broken = new AtomicReference<>();
      List<String> afterwards = new ArrayList<>();
      files.fault =
          (what, file) -> {
            if (file.equals(broken.get()) && !what.equals("read")) {
              afterwards.add(what);
            }
            if (what.equals(operation) && broken.compareAndSet(null, file)) {
              throw new IOException("injected");
            }
          };
      write(store, Chunks.id(2), 2000);
      write(store, Chunks.id(3), 3000);
      assertThat(afterwards).containsOnly("truncate", "endWrites");
      assertThat(store.state()).isEqualTo(State.WRITABLE);
      assertThat(files.list(stores.segments())).hasSize(2);
      assertChunks(store);
    }
    files.fault = (what, file) -> {};
    try (SegmentStore store = stores.open()) {
      assertChunks(store);
    }
    Crash.deleteTree(stores.index());
    try (SegmentStore store = stores.open()) {
      assertChunks(store);
      assertThat(store.recovery().damagedRecords()).isZero();
    }
  }

  /** Large ones go around the page cache, except for their first and last block. */
  @ParameterizedTest
  @ValueSource(strings = {"write", "force"})
  void oneFailure_ofALargeChunk_isRewrittenElsewhere_andNothingOfItIsLeftBehind(String operation)
      throws Exception {
    stores.options = stores.options.withSegmentBytes(64 << 20);
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      write(store, Chunks.id(2), LARGE);
      Path first = stores.segments().resolve(files.list(stores.segments()).get(0));
      long durable = Files.size(first);
      AtomicBoolean failed = new AtomicBoolean();
      files.fault =
          (what, file) -> {
            if (what.equals(operation) && failed.compareAndSet(false, true)) {
              throw new IOException("injected");
            }
          };
      write(store, Chunks.id(3), LARGE);
      write(store, Chunks.id(4), 1000);
      assertThat(Files.size(first)).isEqualTo(durable);
      assertThat(files.list(stores.segments())).hasSize(2);
      assertLargeChunks(store);
    }
    Crash.deleteTree(stores.index());
    files.fault = (what, file) -> {};
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().damagedRecords()).isZero();
      assertLargeChunks(store);
    }
  }

  private static void assertLargeChunks(SegmentStore store) throws Exception {
    for (int i = 1; i <= 4; i++) {
      int length = i == 1 || i == 4 ? 1000 : LARGE;
      assertThat(Arrays.equals(read(store, Chunks.id(i)), Chunks.plain(Chunks.id(i), length)))
          .isTrue();
    }
  }

  private static void assertChunks(SegmentStore store) throws Exception {
    for (int i = 1; i <= 3; i++) {
      assertThat(read(store, Chunks.id(i))).isEqualTo(Chunks.plain(Chunks.id(i), i * 1000));
    }
  }

  @Test
  void everyForceFails_nothingIsAcknowledged_andTheDiskIsFailed() throws Exception {
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      files.fault =
          (what, file) -> {
            if (what.equals("force")) {
              throw new IOException("injected");
            }
          };
      EncodedChunk chunk = Chunks.chunk(Chunks.id(2), 100);
      assertFails(store.write(chunk, 1), StorageFailure.DiskFailed.class);
      assertThat(chunk.refCnt()).isEqualTo(1);
      chunk.release();
      assertThat(store.state()).isEqualTo(State.FAILED);
      assertFails(store.delete(List.of(Chunks.id(1))), StorageFailure.DiskFailed.class);
      assertThat(read(store, Chunks.id(1))).hasSize(1000);
      assertFails(store.read(Chunks.id(2), 0, 1), StorageFailure.ChunkNotFound.class);
    }
    files.fault = (what, file) -> {};
    try (SegmentStore store = stores.open()) {
      assertThat(read(store, Chunks.id(1))).hasSize(1000);
      assertFails(store.read(Chunks.id(2), 0, 1), StorageFailure.ChunkNotFound.class);
    }
  }

  @Test
  void noSpaceLeft_turnsReadOnly_andRecoversByItself() throws Exception {
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      files.usableBytes = 0L;
      files.fault =
          (what, file) -> {
            if (what.equals("write")) {
              throw new IOException("No space left on device");
            }
          };
      EncodedChunk chunk = Chunks.chunk(Chunks.id(2), 100);
      assertFails(store.write(chunk, 1), StorageFailure.DiskFailed.class);
      chunk.release();
      assertThat(store.state()).isEqualTo(State.READ_ONLY);
      assertThat(read(store, Chunks.id(1))).hasSize(1000);
      files.usableBytes = null;
      files.fault = (what, file) -> {};
      await().until(() -> store.state() == State.WRITABLE);
      write(store, Chunks.id(2), 100);
      assertThat(read(store, Chunks.id(2))).hasSize(100);
    }
  }

  /** As ext4 does after errors: what is there can be read, and copied to other disks. */
  @Test
  void fileSystemTurnedReadOnly_isReadOnly_andDoesNotComeBackByItself() throws Exception {
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      files.fault =
          (what, file) -> {
            if (what.equals("write") || what.equals("create")) {
              throw new IOException("Read-only file system");
            }
          };
      EncodedChunk chunk = Chunks.chunk(Chunks.id(2), 100);
      assertFails(store.write(chunk, 1), StorageFailure.DiskFailed.class);
      chunk.release();
      assertThat(store.state()).isEqualTo(State.READ_ONLY);
      assertThat(read(store, Chunks.id(1))).hasSize(1000);
      long before = files.looks.get();
      await().until(() -> files.looks.get() > before + 1);
      assertThat(store.state()).isEqualTo(State.READ_ONLY);
    }
  }

  @Test
  void belowTheReserve_refusesChunks_andTakesDeletions() throws Exception {
    stores.options = stores.options.withReserveBytes(1 << 20);
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      files.usableBytes = (1L << 20) - 1;
      await().until(() -> store.state() == State.READ_ONLY);
      EncodedChunk chunk = Chunks.chunk(Chunks.id(2), 100);
      assertFails(store.write(chunk, 1), StorageFailure.DiskFailed.class);
      chunk.release();
      get(store.delete(List.of(Chunks.id(1))));
      assertFails(store.read(Chunks.id(1), 0, 1), StorageFailure.ChunkNotFound.class);
      // About the reserve itself it would go to and fro.
      files.usableBytes = (1L << 20) + 1;
      long before = files.looks.get();
      await().until(() -> files.looks.get() > before + 1);
      assertThat(store.state()).isEqualTo(State.READ_ONLY);
      files.usableBytes = 2L << 20;
      await().until(() -> store.state() == State.WRITABLE);
    }
  }

  @Test
  void manyAppendsDuringOneFsync_shareTheNext() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch reached = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(0), 10);
      files.fault =
          (what, file) -> {
            if (what.equals("force") && first.compareAndSet(true, false)) {
              reached.countDown();
              awaitLatch(release);
            }
          };
      List<Future<Void>> writes = new ArrayList<>();
      writes.add(start(store, 1));
      reached.await();
      int before = files.forces.get();
      for (int i = 2; i < 102; i++) {
        writes.add(start(store, i));
      }
      assertThat(writes).noneMatch(Future::isComplete);
      release.countDown();
      get(Future.all(writes));
      assertThat(files.forces.get() - before).isEqualTo(1);
    }
  }

  @Test
  void queueFull_isUnavailable_andNothingLeaks() throws Exception {
    stores.options = stores.options.withQueue(4, 1 << 20);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch reached = new CountDownLatch(1);
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(0), 10);
      files.fault =
          (what, file) -> {
            if (what.equals("force")) {
              reached.countDown();
              awaitLatch(release);
            }
          };
      List<Future<Void>> writes = new ArrayList<>();
      writes.add(start(store, 1));
      reached.await();
      for (int i = 2; i < 6; i++) {
        writes.add(start(store, i));
      }
      EncodedChunk chunk = Chunks.chunk(Chunks.id(7), 10);
      assertFails(store.write(chunk, 1), StorageFailure.Unavailable.class);
      assertThat(chunk.refCnt()).isEqualTo(1);
      chunk.release();
      release.countDown();
      get(Future.all(writes));
    }
  }

  @Test
  void queueBytesFull_isUnavailable() throws Exception {
    stores.options = stores.options.withQueue(100, 5000);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch reached = new CountDownLatch(1);
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(0), 10);
      files.fault =
          (what, file) -> {
            if (what.equals("force")) {
              reached.countDown();
              awaitLatch(release);
            }
          };
      EncodedChunk big = Chunks.chunk(Chunks.id(8), 4000);
      Future<Void> written = store.write(big, 1);
      big.release();
      reached.await();
      EncodedChunk chunk = Chunks.chunk(Chunks.id(9), 4000);
      assertFails(store.write(chunk, 1), StorageFailure.Unavailable.class);
      chunk.release();
      release.countDown();
      get(written);
    }
  }

  @Test
  void close_writesWhatWaits() throws Exception {
    List<Future<Void>> writes = new ArrayList<>();
    try (SegmentStore store = stores.open()) {
      for (int i = 0; i < 50; i++) {
        writes.add(start(store, i));
      }
    }
    assertThat(writes).allMatch(Future::succeeded);
    try (SegmentStore store = stores.open()) {
      assertThat(read(store, Chunks.id(49))).hasSize(49);
    }
  }

  @Test
  void interval_failedFsync_movesWhatWasAcknowledged() throws Exception {
    stores.options = stores.options.withFsync(Fsync.INTERVAL);
    AtomicReference<Path> broken = new AtomicReference<>();
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(0), 10);
      files.fault =
          (what, file) -> {
            if (what.equals("force") && broken.compareAndSet(null, file)) {
              throw new IOException("injected");
            }
          };
      write(store, Chunks.id(1), 1000);
      await().until(() -> broken.get() != null);
      await().until(() -> !Files.exists(broken.get()));
      assertThat(read(store, Chunks.id(0))).hasSize(10);
      assertThat(read(store, Chunks.id(1))).isEqualTo(Chunks.plain(Chunks.id(1), 1000));
    }
  }

  private static Future<Void> start(SegmentStore store, int number) {
    EncodedChunk chunk = Chunks.chunk(Chunks.id(number), number);
    Future<Void> written = store.write(chunk, 1);
    chunk.release();
    return written;
  }

  private static void awaitLatch(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
