package io.sluice.storage.verticle;

import static io.sluice.storage.verticle.ChunkReplicaContract.assertFails;
import static io.sluice.storage.verticle.ChunkReplicaContract.get;
import static io.sluice.storage.verticle.ChunkReplicaContract.read;
import static io.sluice.storage.verticle.ChunkReplicaContract.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentStoreRestartTest {
  @TempDir Path path;

  @Test
  void reopen_cleanly_everythingIsThere() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    fill(stores);
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().recordsRead()).isZero();
      assertThat(store.recovery().damagedRecords()).isZero();
      check(store);
    }
  }

  @Test
  void reopen_indexDeleted_isRebuilt() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    fill(stores);
    Crash.deleteTree(stores.index());
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().indexRebuilt()).isTrue();
      check(store);
    }
  }

  @Test
  void reopen_indexCorrupted_isRebuilt() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    fill(stores);
    try (var files = Files.list(stores.index())) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith("MANIFEST") || name.equals("CURRENT") || name.endsWith(".sst")) {
          Files.write(file, new byte[] {1, 2, 3});
        }
      }
    }
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().indexRebuilt()).isTrue();
      check(store);
    }
  }

  @Test
  void crash_copyOfARunningStore_hasEverythingAcknowledged() throws Exception {
    StoreFixture stores = new StoreFixture(path.resolve("a"));
    StoreFixture copy = new StoreFixture(path.resolve("b"));
    try (SegmentStore store = stores.open()) {
      fill(store);
      Crash.copyTree(stores.path, copy.path);
    }
    try (SegmentStore store = copy.open()) {
      assertThat(store.recovery().recordsRead()).isPositive();
      check(store);
      write(store, Chunks.id(1000), 500);
      assertThat(read(store, Chunks.id(1000))).hasSize(500);
    }
  }

  /** What is read after a crash may only be in memory, also in a segment that is not the newest. */
  @Test
  void crash_withTwoUnfinishedSegments_bothAreDurableBeforeTheIndexReliesOnThem() throws Exception {
    StoreFixture stores = new StoreFixture(path.resolve("a"));
    StoreFixture copy = new StoreFixture(path.resolve("b"));
    UUID disk;
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 500);
      disk = UUID.fromString(store.id());
      Crash.copyTree(stores.path, copy.path);
    }
    Path newer = copy.segments().resolve(Segment.fileName(2));
    Files.write(newer, new SegmentHeader(Chunks.CLUSTER, disk, 2).encode().array());
    FaultyFiles files = new FaultyFiles();
    Set<String> forced = ConcurrentHashMap.newKeySet();
    files.fault =
        (operation, file) -> {
          if (operation.equals("force")) {
            forced.add(file.getFileName().toString());
          }
        };
    copy.files = files;
    try (SegmentStore store = copy.open()) {
      assertThat(read(store, Chunks.id(1))).hasSize(500);
      assertThat(forced).contains(Segment.fileName(1), Segment.fileName(2));
    }
  }

  /**
   * Whole blocks of a large write may be on the disk before its first block is: a power cut between
   * them leaves a hole, and valid records behind it. None of that was acknowledged.
   */
  @Test
  void powerCut_firstBlockOfALargeBatchIsMissing_whatWasAcknowledgedIsThere() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    stores.options = stores.options.withSegmentBytes(64 << 20);
    Path segment;
    long acknowledged;
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      segment = stores.segments().resolve(Segment.fileName(1));
      acknowledged = Files.size(segment);
      write(store, Chunks.id(2), 2_000_000);
      write(store, Chunks.id(3), 2_000_000);
    }
    Crash.deleteTree(stores.index());
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate((int) (4096 - acknowledged % 4096)), acknowledged);
    }
    try (SegmentStore store = stores.open()) {
      assertThat(read(store, Chunks.id(1))).isEqualTo(Chunks.plain(Chunks.id(1), 1000));
      assertFails(store.read(Chunks.id(2), 0, 1), StorageFailure.ChunkNotFound.class);
      assertThat(read(store, Chunks.id(3))).hasSize(2_000_000);
      write(store, Chunks.id(2), 2_000_000);
      assertThat(read(store, Chunks.id(2))).hasSize(2_000_000);
    }
  }

  /** The end of the file lies between blocks, or within one, of a batch that was under way. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 4095, 4096, 4097, 8192, 1_000_000, 1_999_999})
  void crash_largeWriteIsCut_whatWasAcknowledgedIsThere(int written) throws Exception {
    StoreFixture stores = new StoreFixture(path);
    stores.options = stores.options.withSegmentBytes(64 << 20);
    Path segment;
    long acknowledged;
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1_500_000);
      segment = stores.segments().resolve(Segment.fileName(1));
      acknowledged = Files.size(segment);
      write(store, Chunks.id(2), 2_000_000);
    }
    Crash.deleteTree(stores.index());
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      file.truncate(acknowledged + written);
    }
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().damagedRecords()).isZero();
      assertThat(store.recovery().tailBytesCut()).isEqualTo(written);
      assertThat(read(store, Chunks.id(1))).hasSize(1_500_000);
      assertFails(store.read(Chunks.id(2), 0, 1), StorageFailure.ChunkNotFound.class);
      write(store, Chunks.id(2), 2_000_000);
      assertThat(read(store, Chunks.id(2))).hasSize(2_000_000);
    }
  }

  private static void fill(StoreFixture stores) throws Exception {
    try (SegmentStore store = stores.open()) {
      fill(store);
    }
  }

  private static void fill(SegmentStore store) throws Exception {
    for (int i = 0; i < 40; i++) {
      write(store, Chunks.id(i), 100 * i);
    }
    get(store.delete(List.of(Chunks.id(3), Chunks.id(33), Chunks.id(500))));
  }

  private static void check(SegmentStore store) throws Exception {
    for (int i = 0; i < 40; i++) {
      ChunkId id = Chunks.id(i);
      if (i == 3 || i == 33) {
        assertFails(store.read(id, 0, 1), StorageFailure.ChunkNotFound.class);
      } else {
        assertThat(read(store, id)).isEqualTo(Chunks.plain(id, 100 * i));
      }
    }
    var late = Chunks.chunk(Chunks.id(500), 10);
    assertFails(store.write(late, 1), StorageFailure.ChunkNotFound.class);
    late.release();
  }
}
