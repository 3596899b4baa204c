package io.sluice.app.server;

import static io.sluice.storage.chunk.ChunkReplica.State.FAILED;
import static io.sluice.storage.chunk.ChunkReplica.State.READ_ONLY;
import static io.sluice.storage.chunk.ChunkReplica.State.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.http.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeReadinessTest {
  @Test
  void of_everyShardAndADiskThatTakesWrites_isReady() {
    assertThat(NodeReadiness.of(4, shard -> true, List.of(WRITABLE))).isEqualTo(Readiness.READY);
    assertThat(NodeReadiness.of(4, shard -> true, List.of(READ_ONLY, WRITABLE)).ready()).isTrue();
  }

  @Test
  void of_shardThatDoesNotAnswer_isNotReadyAndNamesIt() {
    assertThat(NodeReadiness.of(4, shard -> shard != 2, List.of(WRITABLE)))
        .isEqualTo(new Readiness(false, "metadata shard 2 does not answer"));
  }

  @Test
  void of_lastShardThatDoesNotAnswer_isNotReady() {
    assertThat(NodeReadiness.of(4, shard -> shard < 3, List.of(WRITABLE)).ready()).isFalse();
  }

  @Test
  void of_everyDiskReadOnlyOrFailed_isNotReady() {
    Readiness none = new Readiness(false, "no disk takes writes");
    assertThat(NodeReadiness.of(4, shard -> true, List.of(READ_ONLY))).isEqualTo(none);
    assertThat(NodeReadiness.of(4, shard -> true, List.of(FAILED))).isEqualTo(none);
    assertThat(NodeReadiness.of(4, shard -> true, List.of(READ_ONLY, FAILED))).isEqualTo(none);
  }
}
