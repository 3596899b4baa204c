package io.sluice.storage.verticle;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.chunk.ChunkId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Opens stores on a directory with a clock, a file layer and a record of damage that tests hold.
 */
final class StoreFixture {
  final Path path;
  final List<ChunkId> damaged = new CopyOnWriteArrayList<>();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  FileLayer files = new DiskFileLayer();
  SegmentStoreOptions options =
      SegmentStoreOptions.defaults().withSegmentBytes(64 << 10).withReserveBytes(0);

  StoreFixture(Path path) {
    this.path = path;
  }

  SegmentStore open() throws IOException {
    DataDirectory directory = DataDirectory.openOrCreate(path, () -> Chunks.CLUSTER);
    return SegmentStore.open(
        directory, Chunks.CLUSTER, options, registry, clock(), damaged::add, files);
  }

  private Clock clock() {
    InstantSource source = now::get;
    return source.withZone(ZoneOffset.UTC);
  }

  Path segments() {
    return path.resolve("segments");
  }

  Path index() {
    return path.resolve("index");
  }
}
