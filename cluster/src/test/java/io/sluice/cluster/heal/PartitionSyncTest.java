package io.sluice.cluster.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PartitionSyncTest {
  private static final List<ChunkId> IDS =
      IntStream.range(0, 8).mapToObj(i -> TestCluster.id(3, i)).toList();

  private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
  private final List<ByteBuf> sent = new ArrayList<>();
  private final Disk source = new Disk("source", IDS);
  private final Disk target = new Disk("target", List.of());

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  /** What the other reads bring after the failure would be held for ever. */
  @Test
  void run_aWriteFailsWhileOthersAreRead_theirAnswersAreReleased() {
    CompletableFuture<Void> run = sync().run().subscribeAsCompletionStage();
    assertThat(source.reads).hasSize(HealOptions.DEFAULT.copies());
    // Not those that would follow: they are no longer asked for.
    List.copyOf(source.reads).forEach(this::answer);
    assertThat(run).failsWithin(Duration.ofSeconds(10));
    assertThat(source.reads).hasSize(HealOptions.DEFAULT.copies());
    assertThat(sent).hasSize(HealOptions.DEFAULT.copies()).allMatch(buffer -> buffer.refCnt() == 0);
  }

  @Test
  void run_theDiskTakesNoChunks_nothingIsRead() {
    target.state = ChunkReplica.State.READ_ONLY;
    CompletableFuture<Void> run = sync().run().subscribeAsCompletionStage();
    assertThat(run).failsWithin(Duration.ofSeconds(10));
    assertThat(source.reads).isEmpty();
  }

  private PartitionSync sync() {
    Pace pace = new Pace(Long.MAX_VALUE, System::nanoTime, scheduler);
    return new PartitionSync(
        target,
        3,
        1,
        List.of(source),
        Set.of("source", "target"),
        1,
        new ChunkCopy(pace, Duration.ofSeconds(5), new HealMeters()),
        pace,
        HealOptions.DEFAULT);
  }

  private void answer(Promise<StoredFrames> read) {
    EncodedChunk chunk = TestCluster.chunk(IDS.get(sent.size()));
    ChunkHeader header = chunk.header();
    ByteBuf stored = chunk.record().copy(header.headLength(), header.plainLength());
    chunk.release();
    sent.add(stored);
    read.complete(new StoredFrames(header, 0, 1, stored));
  }

  /** Writes fail, and reads wait. */
  private static final class Disk implements ChunkReplica {
    private final String id;
    private final List<ChunkId> ids;
    private final List<Promise<StoredFrames>> reads = new ArrayList<>();
    private State state = State.WRITABLE;

    Disk(String id, List<ChunkId> ids) {
      this.id = id;
      this.ids = ids;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public State state() {
      return state;
    }

    @Override
    public Load load() {
      return new Load(0, 0, 1, 1);
    }

    @Override
    public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
      return Future.failedFuture(new StorageFailure.DiskFailed("as told", null));
    }

    @Override
    public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
      Promise<StoredFrames> read = Promise.promise();
      reads.add(read);
      return read.future();
    }

    @Override
    public Future<Void> delete(List<ChunkId> chunks) {
      return Future.succeededFuture();
    }

    @Override
    public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
      return Future.succeededFuture(ids);
    }

    @Override
    public Future<Void> raiseLayoutVersion(long version) {
      return Future.succeededFuture();
    }
  }
}
