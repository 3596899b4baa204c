package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.EncodedChunk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path path;

  private DataDirectory open() throws IOException {
    return DataDirectory.openOrCreate(path, () -> Chunks.CLUSTER);
  }

  @Test
  void openOrCreate_keepsItsIds() throws IOException {
    UUID disk;
    try (DataDirectory directory = open()) {
      disk = directory.diskId();
      assertThat(directory.clusterId()).isEqualTo(Chunks.CLUSTER);
    }
    try (DataDirectory directory = DataDirectory.openOrCreate(path, UUID::randomUUID)) {
      assertThat(directory.diskId()).isEqualTo(disk);
      assertThat(directory.clusterId()).isEqualTo(Chunks.CLUSTER);
    }
  }

  /** POSIX: the name of a directory is durable when the directory above it was fsynced. */
  @Test
  void openOrCreate_fsyncsWhatHoldsTheNewNames() throws IOException {
    List<Path> synced = new ArrayList<>();
    Path deep = path.resolve("disks/one");
    DataDirectory.openOrCreate(deep, () -> Chunks.CLUSTER, synced::add).close();
    assertThat(synced).containsSubsequence(path, path.resolve("disks"), deep);
  }

  @Test
  void openOrCreate_inUse_isRefusedWithThePid() throws IOException {
    try (DataDirectory directory = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(DirectoryRefusedException.class)
          .hasMessageContaining("is in use by another Sluice server (pid ")
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
      assertThat(directory.path()).isEqualTo(path);
    }
    open().close();
  }

  @Test
  void requireFree_isRefusedWhileInUse_andMakesNothing() throws IOException {
    Path absent = path.resolve("absent");
    DataDirectory.requireFree(absent);
    assertThat(absent).doesNotExist();
    try (DataDirectory directory = open()) {
      assertThatThrownBy(() -> DataDirectory.requireFree(directory.path()))
          .isInstanceOf(DirectoryRefusedException.class)
          .hasMessageContaining("is in use by another Sluice server (pid ");
    }
    DataDirectory.requireFree(path);
    open().close();
  }

  @Test
  void openOrCreate_whileAnotherLooksWhetherItIsFree_isNotRefused() throws IOException {
    open().close();
    try (FileChannel looking =
        FileChannel.open(
            path.resolve("sluice.lock"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertThat(looking.tryLock(1, 1, true)).as("as requireFree does").isNotNull();
      open().close();
    }
  }

  @Test
  void openOrCreate_newerFormat_isRefused_andUnlocked() throws IOException {
    open().close();
    Path file = path.resolve("disk.properties");
    String text = Files.readString(file);
    Files.writeString(file, text.replace("format=1", "format=2"));
    assertThatThrownBy(this::open)
        .isInstanceOf(DirectoryRefusedException.class)
        .hasMessageContaining("format 2")
        .hasMessageContaining("newer Sluice");
    Files.writeString(file, text);
    open().close();
  }

  @Test
  void openOrCreate_garbledDescription_isRefused() throws IOException {
    open().close();
    for (String text : new String[] {"", "format=1\ndisk-id=x\n", "format=one"}) {
      Files.writeString(path.resolve("disk.properties"), text);
      assertThatThrownBy(this::open).isInstanceOf(DirectoryRefusedException.class);
    }
  }

  @Test
  void openOrCreate_segmentsWithoutDescription_isRefused() throws IOException {
    open().close();
    Files.delete(path.resolve("disk.properties"));
    Files.write(path.resolve("segments").resolve(Segment.fileName(1)), new byte[100]);
    assertThatThrownBy(this::open)
        .isInstanceOf(DirectoryRefusedException.class)
        .hasMessageContaining("disk.properties");
  }

  @Test
  void store_ofAnotherCluster_isRefused_andUnlocked() throws IOException {
    DataDirectory directory = open();
    assertThatThrownBy(
            () ->
                SegmentStore.open(
                    directory,
                    new UUID(3, 3),
                    SegmentStoreOptions.defaults(),
                    new SimpleMeterRegistry(),
                    Clock.systemUTC(),
                    id -> {}))
        .isInstanceOf(DirectoryRefusedException.class)
        .hasMessageContaining("belongs to cluster");
    open().close();
  }

  @Test
  void raisedLayoutVersion_refusesOlderWriters_alsoAfterARestart() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    try (SegmentStore store = stores.open()) {
      ChunkReplicaContract.get(store.raiseLayoutVersion(5));
    }
    try (SegmentStore store = stores.open()) {
      EncodedChunk chunk = Chunks.chunk(Chunks.id(1), 10);
      ChunkReplicaContract.assertFails(store.write(chunk, 4), StorageFailure.Unavailable.class);
      ChunkReplicaContract.get(store.write(chunk, 5));
      chunk.release();
    }
  }
}
