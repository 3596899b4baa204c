package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry.Stored;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubberTest {
  private static final int CHUNKS = 600;
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1000), ZoneOffset.UTC);

  @TempDir Path path;

  private ChunkIndex index() throws Exception {
    return ChunkIndex.open(path.resolve("index"), new UUID(1, 1), 1 << 20);
  }

  private Scrubber scrubber(ChunkIndex index) throws Exception {
    StoreMetrics metrics = new StoreMetrics(new SimpleMeterRegistry(), "d");
    SegmentSet none = new SegmentSet(new DiskFileLayer(), path, Chunks.CLUSTER, new UUID(1, 1));
    Quarantine quarantine = new Quarantine(index, metrics, id -> {});
    return new Scrubber(
        index, new ReadTask(index, none, Chunks.CLUSTER, quarantine), metrics, CLOCK);
  }

  @Test
  void step_goesOnAfterARestart_whereItWas() throws Exception {
    try (ChunkIndex index = index()) {
      index.update(
          update -> {
            for (int i = 0; i < CHUNKS; i++) {
              var header =
                  new io.sluice.storage.chunk.ChunkHeader(
                      Chunks.id(i / 100, i), Chunks.CLUSTER, false, 0, List.of());
              update.stored(header, 1, 64);
              update.damaged(Chunks.id(i / 100, i), Stored.of(header, 1, 64));
            }
          });
      Scrubber scrubber = scrubber(index);
      assertThat(scrubber.isUnderWay()).isFalse();
      scrubber.begin();
      scrubber.step();
      assertThat(scrubber.status().running()).isTrue();
      assertThat(scrubber.status().chunksChecked()).isEqualTo(256);
    }
    try (ChunkIndex index = index()) {
      Scrubber scrubber = scrubber(index);
      assertThat(scrubber.isUnderWay()).isTrue();
      assertThat(scrubber.status().progress()).isEqualTo(2 / 256.0);
      while (scrubber.isUnderWay()) {
        scrubber.step();
      }
      assertThat(scrubber.status().chunksChecked()).isEqualTo(CHUNKS - 256);
      assertThat(scrubber.status().damagedChunks()).isEqualTo(CHUNKS - 256);
      assertThat(scrubber.status().lastCompleted()).isEqualTo(CLOCK.instant());
    }
  }

  @Test
  void tokenBucket_keepsToItsRate_andSavesNothingUp() {
    long[] now = {0};
    TokenBucket bucket = new TokenBucket(1000, () -> now[0]);
    assertThat(bucket.delayNanosAfter(500)).isEqualTo(500_000_000L);
    assertThat(bucket.delayNanosAfter(500)).isEqualTo(1_000_000_000L);
    now[0] = 60_000_000_000L;
    assertThat(bucket.delayNanosAfter(1000)).isEqualTo(1_000_000_000L);
  }
}
