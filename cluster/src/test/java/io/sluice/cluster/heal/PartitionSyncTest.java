package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.testkit.InMemoryReplica;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PartitionSyncTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int CHUNKS = 10;
  private static final HealOptions OPTIONS =
      new HealOptions(1L << 40, 1L << 40, 4, 2, LIMIT, LIMIT, 3, LIMIT);

  private final InMemoryReplica source = new InMemoryReplica("source");
  private final InMemoryReplica target = new InMemoryReplica("target");
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void close() {
    scheduler.shutdownNow();
  }

  private void fill() {
    for (int number = 0; number < CHUNKS; number++) {
      EncodedChunk chunk = TestCluster.chunk(id(0, number));
      assertThat(source.write(chunk, 1).succeeded()).isTrue();
      chunk.release();
    }
  }

  private Uni<Void> sync(ChunkReplica from) {
    Pace pace = new Pace(1L << 40, System::nanoTime, scheduler);
    return new PartitionSync(
            target,
            0,
            1,
            List.of(from),
            Set.of("source"),
            1,
            new ChunkCopy(pace, LIMIT, new HealMeters(1L << 40)),
            pace,
            OPTIONS)
        .run();
  }

  @Test
  void run_oneChunkCannotBeCopied_allOthersAre_andItFails() {
    fill();
    source.damage(id(0, 0));
    assertThatThrownBy(() -> sync(source).await().atMost(LIMIT))
        .isInstanceOf(StorageFailure.ChunkDamaged.class);
    assertThat(target.ids()).hasSize(CHUNKS - 1).doesNotContain(id(0, 0));
  }

  /** A copy that fails cancels no other, whose bytes would then belong to nobody. */
  @Test
  void run_oneCopyFailsWhileAnotherReads_itsBytesAreReleased() {
    fill();
    Promise<StoredFrames> slow = Promise.promise();
    ChunkReplica from = new SlowFor(source, id(0, 1), slow);
    source.damage(id(0, 0));
    UniAssertSubscriber<Void> run =
        sync(from).subscribe().withSubscriber(UniAssertSubscriber.create());
    StoredFrames read = source.read(id(0, 1), 0, 1).result();
    ChunkHeader header = read.header();
    ByteBuf bytes = Unpooled.copiedBuffer(read.stored());
    read.stored().release();
    slow.complete(new StoredFrames(header, 0, 1, bytes));
    run.awaitFailure(LIMIT).assertFailedWith(StorageFailure.ChunkDamaged.class);
    assertThat(bytes.refCnt()).isZero();
    assertThat(target.ids()).contains(id(0, 1));
  }

  /** A disk that answers for one chunk when it is told to. */
  private record SlowFor(InMemoryReplica disk, ChunkId chunk, Promise<StoredFrames> answer)
      implements ChunkReplica {
    @Override
    public String id() {
      return disk.id();
    }

    @Override
    public State state() {
      return disk.state();
    }

    @Override
    public Load load() {
      return disk.load();
    }

    @Override
    public Future<Void> write(EncodedChunk written, long layoutVersion) {
      return disk.write(written, layoutVersion);
    }

    @Override
    public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
      return id.equals(chunk) ? answer.future() : disk.read(id, firstFrame, frameCount);
    }

    @Override
    public Future<Void> delete(List<ChunkId> ids) {
      return disk.delete(ids);
    }

    @Override
    public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
      return disk.list(partition, after, max);
    }

    @Override
    public Future<Void> raiseLayoutVersion(long version) {
      return disk.raiseLayoutVersion(version);
    }
  }
}
