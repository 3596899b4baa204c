package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every {@link ChunkReplica} does, a fake one too. */
public abstract class ChunkReplicaContract {
  private static final long LAYOUT = 1;

  /** A fresh, empty replica of cluster {@link Chunks#CLUSTER}. */
  protected abstract ChunkReplica replica();

  protected static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  protected static void write(ChunkReplica replica, ChunkId id, int length) throws Exception {
    EncodedChunk chunk = Chunks.chunk(id, length);
    try {
      get(replica.write(chunk, LAYOUT));
    } finally {
      chunk.release();
    }
  }

  protected static byte[] read(ChunkReplica replica, ChunkId id) throws Exception {
    return read(replica, id, 0, ChunkRecord.FRAMES_MAX);
  }

  private static byte[] read(ChunkReplica replica, ChunkId id, int first, int count)
      throws Exception {
    StoredFrames frames = get(replica.read(id, first, count));
    try {
      byte[] bytes = new byte[frames.stored().readableBytes()];
      frames.stored().readBytes(bytes);
      return bytes;
    } finally {
      frames.stored().release();
    }
  }

  protected static void assertFails(Future<?> future, Class<? extends StorageFailure> expected) {
    assertThatThrownBy(() -> get(future)).hasCauseInstanceOf(expected);
  }

  @Test
  void write_thenRead_givesTheBytes() throws Exception {
    ChunkReplica replica = replica();
    for (int length : new int[] {0, 1, 1000, ChunkRecord.FRAME_PLAIN, ChunkRecord.PLAIN_MAX}) {
      ChunkId id = Chunks.id(length);
      write(replica, id, length);
      assertThat(read(replica, id)).isEqualTo(Chunks.plain(id, length));
    }
  }

  @Test
  void read_someFrames_givesTheirBytes() throws Exception {
    ChunkReplica replica = replica();
    ChunkId id = Chunks.id(1);
    int length = 3 * ChunkRecord.FRAME_PLAIN + 5;
    write(replica, id, length);
    byte[] plain = Chunks.plain(id, length);
    assertThat(read(replica, id, 1, 2))
        .isEqualTo(
            java.util.Arrays.copyOfRange(
                plain, ChunkRecord.FRAME_PLAIN, 3 * ChunkRecord.FRAME_PLAIN));
    assertThat(read(replica, id, 3, 9))
        .isEqualTo(java.util.Arrays.copyOfRange(plain, 3 * ChunkRecord.FRAME_PLAIN, length));
    StoredFrames frames = get(replica.read(id, 1, 9));
    assertThat(frames.firstFrame()).isEqualTo(1);
    assertThat(frames.frameCount()).isEqualTo(3);
    assertThat(frames.header().plainLength()).isEqualTo(length);
    frames.stored().release();
  }

  @Test
  void read_unknownChunk_isNotFound() {
    assertFails(replica().read(Chunks.id(9), 0, 1), StorageFailure.ChunkNotFound.class);
  }

  @Test
  void write_sameChunkTwice_succeeds() throws Exception {
    ChunkReplica replica = replica();
    ChunkId id = Chunks.id(1);
    write(replica, id, 100);
    write(replica, id, 100);
    assertThat(read(replica, id)).isEqualTo(Chunks.plain(id, 100));
  }

  @Test
  void write_many_allAreThere() throws Exception {
    ChunkReplica replica = replica();
    List<Future<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      EncodedChunk chunk = Chunks.chunk(Chunks.id(i), i);
      writes.add(replica.write(chunk, LAYOUT));
      chunk.release();
    }
    get(Future.all(writes));
    for (int i = 0; i < 200; i++) {
      assertThat(read(replica, Chunks.id(i))).isEqualTo(Chunks.plain(Chunks.id(i), i));
    }
  }

  @Test
  void write_wrongBytes_isDamagedAndNotStored() throws Exception {
    ChunkReplica replica = replica();
    EncodedChunk chunk = Chunks.chunk(Chunks.id(1), 100);
    chunk.record().setByte(chunk.header().headLength() + 50, 'x');
    chunk.record().setByte(chunk.header().headLength() + 51, 'y');
    assertFails(replica.write(chunk, LAYOUT), StorageFailure.ChunkDamaged.class);
    chunk.release();
    assertFails(replica.read(Chunks.id(1), 0, 1), StorageFailure.ChunkNotFound.class);
  }

  @Test
  void write_ofAnotherCluster_isRefused() {
    ChunkId id = Chunks.id(1);
    EncodedChunk chunk = Chunks.chunk(id, new UUID(7, 7), Chunks.plain(id, 10));
    assertFails(replica().write(chunk, LAYOUT), StorageFailure.ChunkDamaged.class);
    chunk.release();
  }

  @Test
  void write_callerKeepsItsReference() throws Exception {
    EncodedChunk chunk = Chunks.chunk(Chunks.id(1), 100);
    get(replica().write(chunk, LAYOUT));
    assertThat(chunk.refCnt()).isEqualTo(1);
    chunk.release();
  }

  @Test
  void delete_thenRead_isNotFound() throws Exception {
    ChunkReplica replica = replica();
    write(replica, Chunks.id(1), 100);
    write(replica, Chunks.id(2), 100);
    get(replica.delete(List.of(Chunks.id(1))));
    assertFails(replica.read(Chunks.id(1), 0, 1), StorageFailure.ChunkNotFound.class);
    assertThat(read(replica, Chunks.id(2))).hasSize(100);
    get(replica.delete(List.of(Chunks.id(1), Chunks.id(1))));
  }

  @Test
  void delete_thenLateWrite_isRefused() throws Exception {
    ChunkReplica replica = replica();
    get(replica.delete(List.of(Chunks.id(1))));
    EncodedChunk chunk = Chunks.chunk(Chunks.id(1), 100);
    assertFails(replica.write(chunk, LAYOUT), StorageFailure.ChunkNotFound.class);
    chunk.release();
    assertFails(replica.read(Chunks.id(1), 0, 1), StorageFailure.ChunkNotFound.class);
  }

  @Test
  void list_pagesThroughOnePartition() throws Exception {
    ChunkReplica replica = replica();
    List<ChunkId> expected = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      write(replica, Chunks.id(4, i), 10);
      expected.add(Chunks.id(4, i));
    }
    write(replica, Chunks.id(3, 1), 10);
    write(replica, Chunks.id(5, 1), 10);
    write(replica, Chunks.id(4, 77), 10);
    get(replica.delete(List.of(Chunks.id(4, 77))));
    List<ChunkId> found = new ArrayList<>();
    ChunkId after = null;
    for (; ; ) {
      List<ChunkId> page = get(replica.list(4, after, 3));
      if (page.isEmpty()) {
        break;
      }
      assertThat(page).hasSizeLessThanOrEqualTo(3);
      found.addAll(page);
      after = page.get(page.size() - 1);
    }
    assertThat(found).isEqualTo(expected);
    assertThat(get(replica.list(65_535, null, 10))).isEmpty();
  }

  @Test
  void load_isEmptyWhenNothingIsUnderWay() throws Exception {
    ChunkReplica replica = replica();
    write(replica, Chunks.id(1), 100);
    assertThat(replica.load().requestsInFlight()).isZero();
    assertThat(replica.load().freeBytes()).isPositive();
    assertThat(replica.state()).isEqualTo(ChunkReplica.State.WRITABLE);
    assertThat(replica.id()).isNotEmpty();
  }
}
