package io.sluice.storage.verticle;

import static io.sluice.storage.verticle.ChunkReplicaContract.get;
import static io.sluice.storage.verticle.ChunkReplicaContract.read;
import static io.sluice.storage.verticle.ChunkReplicaContract.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreMetricsTest {
  @TempDir Path path;

  @Test
  void figures_followWhatIsDone_andGoWithTheStore() throws Exception {
    StoreFixture stores = new StoreFixture(path);
    try (SegmentStore store = stores.open()) {
      write(store, Chunks.id(1), 1000);
      read(store, Chunks.id(1));
      get(store.delete(List.of(Chunks.id(1))));
      var registry = stores.registry;
      assertThat(registry.get("sluice.storage.fsync").timer().count()).isGreaterThanOrEqualTo(2);
      assertThat(registry.get("sluice.storage.append.bytes").counter().count())
          .isEqualTo(1088 + 80);
      assertThat(registry.get("sluice.storage.read.bytes").counter().count()).isEqualTo(1000);
      assertThat(registry.get("sluice.storage.queue.requests").gauge().value()).isZero();
      assertThat(registry.get("sluice.storage.queue.requests.limit").gauge().value())
          .isEqualTo(4096);
      assertThat(registry.get("sluice.storage.segments").gauge().value()).isEqualTo(1);
      assertThat(registry.get("sluice.storage.state").gauge().value()).isZero();
      assertThat(registry.get("sluice.storage.free.bytes").gauge().value()).isPositive();
    }
    assertThat(stores.registry.getMeters()).isEmpty();
  }
}
