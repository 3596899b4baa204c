package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkReplica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SegmentStoreContractTest extends ChunkReplicaContract {
  @TempDir Path path;
  private SegmentStore store;

  @Override
  protected ChunkReplica replica() {
    try {
      store = new StoreFixture(path).open();
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }
}
