package io.sluice.storage.verticle;

import static io.sluice.storage.verticle.ChunkReplicaContract.assertFails;
import static io.sluice.storage.verticle.ChunkReplicaContract.get;
import static io.sluice.storage.verticle.ChunkReplicaContract.read;
import static io.sluice.storage.verticle.ChunkReplicaContract.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged, torn and missing segments, as the store meets them. */
class DamageTest {
  private static final int LENGTH = 10_000;
  private static final int RECORD = LENGTH + 88;

  @TempDir Path path;
  private StoreFixture stores;

  @BeforeEach
  void fixture() {
    stores = new StoreFixture(path.resolve("d"));
  }

  private Path segment(int number) {
    return stores.segments().resolve(Segment.fileName(number));
  }

  private void fill(int count) throws Exception {
    try (SegmentStore store = stores.open()) {
      for (int i = 0; i < count; i++) {
        write(store, Chunks.id(i), LENGTH);
      }
    }
  }

  private void flipBody(int inSegment, int record) throws Exception {
    Damage.flip(segment(inSegment), SegmentHeader.LENGTH + (long) record * RECORD + 500);
  }

  @Test
  void read_damagedBytes_isDamaged_reportedOnce_andFailsFastAfterwards() throws Exception {
    fill(3);
    flipBody(1, 1);
    try (SegmentStore store = stores.open()) {
      assertFails(store.read(Chunks.id(1), 0, 1), StorageFailure.ChunkDamaged.class);
      assertFails(store.read(Chunks.id(1), 0, 1), StorageFailure.ChunkDamaged.class);
      assertThat(stores.damaged).containsExactly(Chunks.id(1));
      assertThat(get(store.list(0, null, 10))).containsExactly(Chunks.id(0), Chunks.id(2));
      assertThat(read(store, Chunks.id(2))).hasSize(LENGTH);
    }
    try (SegmentStore store = stores.open()) {
      assertFails(store.read(Chunks.id(1), 0, 1), StorageFailure.ChunkDamaged.class);
      write(store, Chunks.id(1), LENGTH);
      assertThat(read(store, Chunks.id(1))).isEqualTo(Chunks.plain(Chunks.id(1), LENGTH));
    }
    assertThat(stores.damaged).hasSize(1);
  }

  @Test
  void scrub_findsDamageNobodyRead() throws Exception {
    fill(10);
    flipBody(1, 2);
    flipBody(2, 0);
    try (SegmentStore store = stores.open()) {
      ScrubStatus status = get(store.scrub());
      assertThat(status.running()).isFalse();
      assertThat(status.chunksChecked()).isEqualTo(10);
      assertThat(status.damagedChunks()).isEqualTo(2);
      assertThat(status.lastCompleted()).isEqualTo(stores.now.get());
      assertThat(stores.damaged).containsExactlyInAnyOrder(Chunks.id(2), Chunks.id(6));
      assertThat(stores.registry.get("sluice.storage.damaged").counter().count()).isEqualTo(2);
    }
    try (SegmentStore store = stores.open()) {
      assertThat(store.scrubStatus().lastCompleted()).isEqualTo(stores.now.get());
    }
  }

  @Test
  void recovery_damageInTheMiddle_isSteppedOver() throws Exception {
    fill(13);
    Damage.flip(segment(1), SegmentHeader.LENGTH + 2 * RECORD + 10); // a head
    flipBody(3, 0); // followed by nothing: looks like a torn tail
    Crash.deleteTree(stores.index());
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().damagedRecords()).isEqualTo(1);
      assertThat(store.recovery().tailBytesCut()).isEqualTo(RECORD);
      for (int i = 0; i < 12; i++) {
        if (i == 2) {
          assertFails(store.read(Chunks.id(i), 0, 1), StorageFailure.ChunkNotFound.class);
        } else {
          assertThat(read(store, Chunks.id(i))).isEqualTo(Chunks.plain(Chunks.id(i), LENGTH));
        }
      }
    }
  }

  @Test
  void recovery_tornTail_atAndAroundEveryRecord_keepsWhatIsWhole() throws Exception {
    fill(5);
    byte[] whole = Files.readAllBytes(segment(1));
    Path pristine = path.resolve("pristine");
    Crash.copyTree(stores.path, pristine);
    for (int record = 0; record <= 4; record++) {
      for (int delta : new int[] {-1, 0, 5000}) {
        int cut = SegmentHeader.LENGTH + record * RECORD + delta;
        Crash.deleteTree(stores.path);
        Crash.copyTree(pristine, stores.path);
        Crash.deleteTree(stores.index());
        byte[] torn = java.util.Arrays.copyOf(java.util.Arrays.copyOf(whole, cut), cut + 3000);
        Files.write(segment(1), delta % 2 == 0 ? torn : java.util.Arrays.copyOf(whole, cut));
        assertRecovered(cut);
      }
    }
  }

  private void assertRecovered(int cut) throws Exception {
    int whole = Math.max(0, (cut - SegmentHeader.LENGTH) / RECORD);
    try (SegmentStore store = stores.open()) {
      assertThat(get(store.list(0, null, 100))).hasSize(whole);
      for (int i = 0; i < whole; i++) {
        assertThat(read(store, Chunks.id(i))).isEqualTo(Chunks.plain(Chunks.id(i), LENGTH));
      }
      write(store, Chunks.id(77), LENGTH);
    }
    try (SegmentStore store = stores.open()) {
      assertThat(get(store.list(0, null, 100))).hasSize(whole + 1);
      assertThat(read(store, Chunks.id(77))).isEqualTo(Chunks.plain(Chunks.id(77), LENGTH));
    }
  }

  @Test
  void recovery_crashWhileASegmentIsMade_goesOn() throws Exception {
    fill(3);
    for (int length : new int[] {0, 10, SegmentHeader.LENGTH}) {
      Files.write(segment(9), new byte[length]);
      try (SegmentStore store = stores.open()) {
        assertThat(read(store, Chunks.id(2))).hasSize(LENGTH);
        write(store, Chunks.id(20 + length), LENGTH);
      }
      try (SegmentStore store = stores.open()) {
        assertThat(read(store, Chunks.id(20 + length))).hasSize(LENGTH);
      }
      Files.deleteIfExists(segment(9));
    }
  }

  @Test
  void recovery_missingSegment_isReported_andTheRestServed() throws Exception {
    fill(13);
    Files.delete(segment(1));
    try (SegmentStore store = stores.open()) {
      assertThat(store.recovery().missingSegments()).isEqualTo(1);
      assertFails(store.read(Chunks.id(0), 0, 1), StorageFailure.ChunkDamaged.class);
      assertThat(read(store, Chunks.id(12))).hasSize(LENGTH);
      write(store, Chunks.id(50), LENGTH);
    }
  }

  @Test
  void recovery_afterAPowerCutWithoutFsync_forgetsWhatIsGone() throws Exception {
    stores.options = stores.options.withFsync(Fsync.NEVER);
    fill(5);
    Files.write(
        segment(1),
        java.util.Arrays.copyOf(
            Files.readAllBytes(segment(1)), SegmentHeader.LENGTH + 3 * RECORD + 17));
    try (SegmentStore store = stores.open()) {
      assertThat(get(store.list(0, null, 100)))
          .containsExactly(Chunks.id(0), Chunks.id(1), Chunks.id(2));
      write(store, Chunks.id(4), LENGTH);
      assertThat(read(store, Chunks.id(4))).isEqualTo(Chunks.plain(Chunks.id(4), LENGTH));
    }
  }

  @Test
  void open_segmentOfAnotherDisk_isRefused() throws Exception {
    fill(2);
    Files.write(
        segment(5),
        new SegmentHeader(Chunks.CLUSTER, new UUID(8, 8), 5).encode().array(),
        StandardOpenOption.CREATE_NEW);
    assertThatThrownBy(stores::open)
        .isInstanceOf(DirectoryRefusedException.class)
        .hasMessageContaining("another cluster or disk");
    Files.delete(segment(5));
    try (SegmentStore store = stores.open()) {
      assertThat(read(store, Chunks.id(1))).hasSize(LENGTH);
    }
  }

  @Test
  void deletedWhileDamaged_isGone() throws Exception {
    fill(3);
    flipBody(1, 1);
    List<ChunkId> ids = List.of(Chunks.id(1));
    try (SegmentStore store = stores.open()) {
      assertFails(store.read(Chunks.id(1), 0, 1), StorageFailure.ChunkDamaged.class);
      get(store.delete(ids));
      assertFails(store.read(Chunks.id(1), 0, 1), StorageFailure.ChunkNotFound.class);
    }
  }
}
