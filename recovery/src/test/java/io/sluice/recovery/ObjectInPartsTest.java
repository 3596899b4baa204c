package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.ClusterRestore;
import io.sluice.recovery.job.RestoreOrder;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores of an object that takes long. */
class ObjectInPartsTest {
  private static final int PARTS = 8;
  private static final int PART = 5 << 20;
  private static final int CHUNK = 1 << 20;
  private static final int CHUNKS = PARTS * PART / CHUNK;

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final MemoryTarget target = new MemoryTarget();
  private final TestBackup backup = new TestBackup(target, null);
  private final Watched watched = new Watched();
  private final Chunks chunks = new Chunks();
  private LiveMetadata metadata;

  @BeforeEach
  void open() throws Exception {
    clock.set(TestBackup.START.plus(Duration.ofDays(1)).toEpochMilli());
    metadata = LiveMetadata.open(directory, 2, clock);
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < PARTS; i++) {
      byte[] part = new byte[PART];
      new Random(i).nextBytes(part);
      parts.add(part);
    }
    backup.multipart(7, "long", parts, CHUNK);
    backup.finish();
  }

  @AfterEach
  void close() throws Exception {
    backup.close();
    timers.shutdownNow();
    metadata.close();
  }

  /** Metadata where a test sees which parts are put, and can do something before. */
  private final class Watched implements MetadataStore {
    final AtomicReference<Supplier<Uni<?>>> beforeNextPart = new AtomicReference<>();
    final List<PutPart> put = new CopyOnWriteArrayList<>();
    final AtomicInteger aborted = new AtomicInteger();

    /** When parts of a second step are put: somebody else puts one of them as another. */
    volatile boolean firstIsReplaced;

    private Uni<?> replaceFirst(PutPart seen) {
      if (!firstIsReplaced
          || seen.getNumber() == put.get(0).getNumber()
          || put.size() <= PARTS / 2) {
        return Uni.createFrom().voidItem();
      }
      firstIsReplaced = false;
      return putOther(seen, put.get(0).getNumber());
    }

    /** Like a part that is put, but with other chunks. */
    Uni<?> putOther(PutPart seen, int number) {
      Part.Builder part = seen.getPart().toBuilder().clearSlices();
      for (ChunkSlice slice : seen.getPart().getSlicesList()) {
        part.addSlices(slice.toBuilder().setChunkId(chunks.allocate(0).toByteString()));
      }
      PutPart other = seen.toBuilder().setNumber(number).setPart(part).build();
      return metadata
          .store()
          .submit(
              bucket().getShard(),
              Command.newBuilder().setPutPart(other).build(),
              LiveMetadata.LIMIT);
    }

    @Override
    public int shardCount() {
      return metadata.store().shardCount();
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      Uni<Outcome> submitted = metadata.store().submit(shard, command, deadline);
      if (command.hasAbortUpload()) {
        aborted.incrementAndGet();
      }
      if (!command.hasPutPart()) {
        return submitted;
      }
      put.add(command.getPutPart());
      Supplier<Uni<?>> before = beforeNextPart.getAndSet(null);
      Uni<Outcome> put =
          before == null
              ? replaceFirst(command.getPutPart()).chain(() -> submitted)
              : before.get().chain(() -> submitted);
      return put.invoke(
          done -> chunks.unnamed.addAndGet(-command.getPutPart().getPart().getSlicesCount()));
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return metadata.store().query(shard, query, deadline);
    }
  }

  /** Takes chunks, and forgets them. */
  private static final class Chunks implements ChunkStore {
    final AtomicInteger written = new AtomicInteger();
    final AtomicInteger unnamed = new AtomicInteger();
    final AtomicInteger unnamedMost = new AtomicInteger();
    volatile int failAfter = Integer.MAX_VALUE;

    @Override
    public ChunkId allocate(long routingKey) {
      return ChunkId.of(0, 1, Long.MAX_VALUE >>> 20, StoredAgain.CHUNKS.incrementAndGet());
    }

    @Override
    public Future<Void> write(EncodedChunk chunk) {
      chunk.release();
      if (written.incrementAndGet() > failAfter) {
        return Future.failedFuture(
            new StorageFailure.Unavailable("no disk takes it", Duration.ZERO, null));
      }
      unnamedMost.accumulateAndGet(unnamed.incrementAndGet(), Math::max);
      return Future.succeededFuture();
    }

    @Override
    public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
      throw new UnsupportedOperationException("nothing is read back");
    }
  }

  private ClusterRestore restore() {
    BackupGround ground =
        new BackupGround(
            watched,
            chunks,
            TestBackup.CLUSTER,
            "n1",
            () -> true,
            record -> target,
            timers,
            timers,
            clock);
    TargetRecord record = TargetRecord.newBuilder().setName("t").setUrl("file:///t").build();
    return new ClusterRestore(
        ground,
        new RestoreOrder(
            record, null, null, null, null, ByteString.EMPTY, null, false, false, false),
        "root");
  }

  private Bucket bucket() {
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName("photos")).build();
    return await(metadata.store().query(MetadataStore.ROOT_SHARD, query, LiveMetadata.LIMIT))
        .getBucket();
  }

  private void assertIsThere() {
    Bucket bucket = bucket();
    ObjectAnswer object = metadata.object(bucket, "long", null);
    assertThat(object).isNotNull();
    assertThat(object.getObject().getSize()).isEqualTo((long) PARTS * PART);
    assertThat(object.getManifest().getParts().getPartsCount()).isEqualTo(PARTS);
    Query uploads =
        Query.newBuilder()
            .setListUploads(ListUploads.newBuilder().setBucketId(bucket.getId()).setMax(10))
            .build();
    assertThat(
            await(metadata.store().query(bucket.getShard(), uploads, LiveMetadata.LIMIT))
                .getUploads()
                .getUploadsList())
        .isEmpty();
  }

  /** What nothing names is an orphan some hours later. */
  @Test
  void restore_namesChunksWhileOthersAreStored() {
    ClusterRestore restore = restore();
    await(restore.run());
    assertThat(restore.figures().restored()).isEqualTo(1);
    assertThat(chunks.written.get()).isEqualTo(CHUNKS);
    assertThat(chunks.unnamedMost.get()).isPositive().isLessThanOrEqualTo(CHUNKS / 2);
    assertIsThere();
  }

  @Test
  void restore_ofOneThatWasInterrupted_goesOnWhereItWas() {
    chunks.failAfter = CHUNKS * 3 / 4;
    assertThatThrownBy(() -> await(restore().run())).hasStackTraceContaining("no disk takes it");
    chunks.failAfter = Integer.MAX_VALUE;
    chunks.written.set(0);
    ClusterRestore again = restore();
    await(again.run());
    assertThat(again.figures().restored()).isEqualTo(1);
    assertThat(chunks.written.get()).isPositive().isLessThanOrEqualTo(CHUNKS / 2);
    assertIsThere();
  }

  @Test
  void restore_besideOneWhoReplacesAPart_putsThatAgain_andNoOther() {
    watched.firstIsReplaced = true;
    ClusterRestore restore = restore();
    await(restore.run());
    assertThat(watched.firstIsReplaced).as("it was").isFalse();
    assertThat(restore.figures().restored()).isEqualTo(1);
    assertThat(chunks.written.get()).isEqualTo(CHUNKS + CHUNKS / PARTS);
    assertThat(watched.aborted).hasValue(0);
    assertIsThere();
  }

  @Test
  void restore_besideOneWhoAddsAPartOfAnotherNumber_losesNothing_andLeavesItOut() {
    watched.beforeNextPart.set(() -> watched.putOther(watched.put.get(0), PARTS + 91));
    ClusterRestore restore = restore();
    await(restore.run());
    assertThat(restore.figures().restored()).isEqualTo(1);
    assertThat(chunks.written.get()).isEqualTo(CHUNKS);
    assertThat(watched.aborted).hasValue(0);
    assertIsThere();
  }

  @Test
  void restore_besideAnotherOfTheSame_isDoneOnce_andNeitherFails() {
    ClusterRestore other = restore();
    watched.beforeNextPart.set(other::run);
    ClusterRestore restore = restore();
    await(restore.run());
    assertThat(other.figures().restored()).isEqualTo(1);
    assertThat(restore.figures().restored()).isZero();
    assertThat(restore.figures().unchanged()).isEqualTo(1);
    assertIsThere();
  }
}
