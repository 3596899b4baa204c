package io.sluice.storage.verticle;

import static io.sluice.storage.verticle.ChunkReplicaContract.assertFails;
import static io.sluice.storage.verticle.ChunkReplicaContract.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.EncodedChunk;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** INVARIANTS 4: when a layout version was raised, what was written before it can be listed. */
class LayoutFenceTest {
  private static final long OLD = 4;
  private static final long RAISED = 5;

  @TempDir Path path;
  private final FaultyFiles files = new FaultyFiles();
  private final CountDownLatch appending = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** The first append stands still until it is told to go on: a slow disk. */
  private void holdAppends() {
    files.fault =
        (operation, file) -> {
          if (operation.equals("force")) {
            appending.countDown();
            try {
              assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        };
  }

  @Test
  void raiseLayoutVersion_writesUnderWay_areListedOrRefusedWhenItCompletes() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    stores.files = files;
    try (SegmentStore store = stores.open()) {
      holdAppends();
      Future<Void> underWay = write(store, Chunks.id(1));
      assertThat(appending.await(20, TimeUnit.SECONDS)).isTrue();
      Future<Void> waiting = write(store, Chunks.id(2));
      Future<Void> raise = store.raiseLayoutVersion(RAISED);
      // The same thread does both, one after the other.
      get(store.evict(List.of(Chunks.id(9))));
      assertThat(raise.isComplete()).as("chunks of the old layout are still under way").isFalse();
      goOn.countDown();
      get(raise);
      List<ChunkId> listed = get(store.list(Chunks.id(1).partition(), null, 10));
      get(underWay);
      assertThat(listed).contains(Chunks.id(1));
      assertFails(waiting, StorageFailure.Unavailable.class);
      assertThat(listed).doesNotContain(Chunks.id(2));
    }
  }

  private static Future<Void> write(SegmentStore store, ChunkId id) {
    EncodedChunk chunk = Chunks.chunk(id, 10);
    try {
      return store.write(chunk, OLD);
    } finally {
      chunk.release();
    }
  }
}
