package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.gateway.pipe.ComputePool;
import io.sluice.gateway.pipe.DownloadPipeline;
import io.sluice.gateway.pipe.MemoryBudget;
import io.sluice.gateway.pipe.PipelineMeters;
import io.sluice.gateway.pipe.UploadPipeline;
import io.sluice.gateway.placement.FakeReplica;
import io.sluice.gateway.placement.PowerOfTwoChoices;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.gateway.placement.ReplicatedChunkStore;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** The object handlers over a disk in memory. Closing it asserts that nothing was left behind. */
final class TestPlane implements AutoCloseable {
  final FakeReplica replica = new FakeReplica("r0");
  final MemoryBudget uploads = new MemoryBudget(32 << 20);
  final MemoryBudget downloads = new MemoryBudget(32 << 20);
  private final ChunkBuffers buffers = new ChunkBuffers(2);
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT);
  private final ComputePool compute = new ComputePool(2, 1000);
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();

  ObjectHandlers handlers() {
    Layout layout = new Layout(1, 1, Collections.nCopies(Layout.PARTITIONS, List.of("r0")));
    PowerOfTwoChoices policy = new PowerOfTwoChoices(new Random(1));
    ReplicatedChunkStore store =
        new ReplicatedChunkStore(
            () -> layout,
            id -> replica,
            () -> policy,
            new RepairBacklog(10),
            ReplicatedChunkStore.Deadlines.DEFAULT,
            timers,
            InstantSource.system(),
            new Random(1));
    ChunkEncoder encoder =
        new ChunkEncoder(new UUID(1, 1), Compression.DEFAULT, buffers, workspaces);
    UploadPipeline upload =
        new UploadPipeline(
            store,
            encoder,
            compute,
            uploads,
            StreamingChecksums.jdk(),
            timers,
            new Random(2),
            new PipelineMeters(new SimpleMeterRegistry()),
            16 << 10);
    DownloadPipeline download =
        new DownloadPipeline(
            store,
            new FrameDecoder(buffers, workspaces),
            compute,
            downloads,
            timers,
            Duration.ofHours(6));
    return new ObjectHandlers(new ObjectPlane(upload, download));
  }

  void assertNothingIsHeld() {
    await()
        .untilAsserted(
            () -> {
              assertThat(uploads.usedBytes()).isZero();
              assertThat(uploads.members()).isZero();
              assertThat(downloads.usedBytes()).isZero();
              assertThat(downloads.members()).isZero();
              assertThat(buffers.usedBytes()).isZero();
            });
  }

  @Override
  public void close() {
    assertNothingIsHeld();
    compute.close();
    workspaces.close();
    timers.shutdownNow();
  }
}
