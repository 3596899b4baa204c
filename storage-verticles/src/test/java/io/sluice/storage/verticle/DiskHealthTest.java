package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.chunk.ChunkReplica.State;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskHealthTest {
  @TempDir Path path;

  /** As RocksDB's own word for it comes: below the index's. */
  @Test
  void writeFailed_forLackOfSpaceFurtherDown_recoversByItself() throws IOException {
    DiskHealth health = new DiskHealth(new FaultyFiles(), path, 0);
    health.writeFailed(
        new IOException(
            "cannot write to the index",
            new IOException("While appending to file: 000019.sst: No space left on device")));
    assertThat(health.state()).isEqualTo(State.READ_ONLY);
    health.checkSpace(0);
    assertThat(health.state()).isEqualTo(State.WRITABLE);
  }

  @Test
  void writeFailed_forAnyOtherReason_isForGood() throws IOException {
    DiskHealth health = new DiskHealth(new FaultyFiles(), path, 0);
    health.writeFailed(new IOException("cannot write", new IOException("Input/output error")));
    health.checkSpace(0);
    assertThat(health.state()).isEqualTo(State.FAILED);
  }
}
