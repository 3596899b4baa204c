package io.sluice.benchmarks;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.sluice.storage.verticle.DataDirectory;
import io.sluice.storage.verticle.Fsync;
import io.sluice.storage.verticle.SegmentStore;
import io.sluice.storage.verticle.SegmentStoreOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An append until it is acknowledged, one at a time; {@code -t 32} shows what is gained when many
 * share an fsync. The directory is a temporary one ({@code -jvmArgsAppend -Djava.io.tmpdir=DIR}
 * chooses the disk), emptied after each iteration. The record is made anew for each append, because
 * its id is in it: some microseconds of the time, and its copy in direct memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SegmentAppendBenchmark {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final Compression PLAIN = Compression.parse("off");

  @Param({"ALWAYS", "NEVER"})
  public Fsync fsync = Fsync.ALWAYS;

  @Param({"4096", "4194304"})
  public int bytes;

  private final ChunkBuffers buffers = new ChunkBuffers(1);
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(PLAIN);
  private final ChunkEncoder encoder = new ChunkEncoder(CLUSTER, PLAIN, buffers, workspaces);
  private final AtomicLong next = new AtomicLong();
  private ByteBuffer plain = ByteBuffer.allocate(0);
  private @Nullable Path directory;
  private @Nullable SegmentStore store;

  @Setup(Level.Iteration)
  public void open() throws IOException {
    plain = ByteBuffer.allocateDirect(bytes).put(SampleBytes.random(bytes)).flip();
    directory = Files.createTempDirectory("sluice-append");
    store =
        SegmentStore.open(
            DataDirectory.openOrCreate(directory.resolve("d"), () -> CLUSTER),
            CLUSTER,
            SegmentStoreOptions.defaults().withFsync(fsync),
            new SimpleMeterRegistry(),
            Clock.systemUTC(),
            id -> {});
  }

  @TearDown(Level.Iteration)
  public void close() throws IOException {
    requireNonNull(store).close();
    try (var paths = Files.walk(requireNonNull(directory))) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @TearDown
  public void closeWorkspaces() {
    workspaces.close();
  }

  @Benchmark
  public Object append() throws Exception {
    ChunkId id = ChunkId.of(0, 7, 1_700_000_000_000L, next.incrementAndGet());
    EncodedChunk chunk = encoder.encode(id, List.of(plain.duplicate()));
    try {
      requireNonNull(store)
          .write(chunk, 1)
          .toCompletionStage()
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
      return id;
    } finally {
      chunk.release();
    }
  }
}
