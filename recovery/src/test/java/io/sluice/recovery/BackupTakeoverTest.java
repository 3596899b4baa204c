package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.Verification;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.HungTargets;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The node that makes a backup hangs, and another goes on; then the first wakes up. */
class BackupTakeoverTest {
  private static final UUID CLUSTER = new UUID(1, 2);

  /** More than one pack of them. */
  private static final int CHUNKS = 20;

  private static final Duration LEASE = Duration.ofSeconds(30);

  /** After that a run whose target hangs is given up. */
  private static final Duration STALLED = Duration.ofMinutes(6);

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final CountDownLatch wakeUp = new CountDownLatch(1);
  private LiveMetadata metadata;
  private TargetRecords records;
  private Bucket bucket;

  @BeforeEach
  void open() throws Exception {
    metadata = LiveMetadata.open(directory, 2, clock);
    records = new TargetRecords(metadata.store());
    bucket = metadata.bucket("photos", 1);
    for (int i = 0; i < CHUNKS; i++) {
      metadata.put(bucket, object(i));
    }
    Path target = directory.resolve("target");
    DirectoryTarget.create(target).close();
    await(
        records.put(
            TargetRecord.newBuilder().setName("disk").setUrl("file://" + target).build(), 0));
  }

  @AfterEach
  void close() throws Exception {
    wakeUp.countDown();
    timers.shutdownNow();
    metadata.close();
  }

  private ChunkId chunk(int number) {
    return ChunkId.of(0, number, clock.millis(), number);
  }

  private PutObject.Builder object(int number) {
    ChunkSlice slice =
        ChunkSlice.newBuilder()
            .setChunkId(chunk(number).toByteString())
            .setLength(ChunkRecord.PLAIN_MAX)
            .build();
    return PutObject.newBuilder()
        .setKey(ByteString.copyFromUtf8("key-" + number))
        .setObject(ObjectVersion.newBuilder().setOwner("ann").setEtag("e" + number))
        .setPart(Part.newBuilder().setSize(ChunkRecord.PLAIN_MAX).addSlices(slice));
  }

  /** Chunks of zeros, and how many were read. */
  private static final class Zeros implements ChunkStore {
    final AtomicInteger reads = new AtomicInteger();

    @Override
    public ChunkId allocate(long routingKey) {
      throw new UnsupportedOperationException("nothing is written");
    }

    @Override
    public Future<Void> write(EncodedChunk chunk) {
      throw new UnsupportedOperationException("nothing is written");
    }

    @Override
    public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
      reads.incrementAndGet();
      ByteBuf zeros = Unpooled.buffer(ChunkRecord.PLAIN_MAX).writeZero(ChunkRecord.PLAIN_MAX);
      int crc = ChunkRecord.crc32c(zeros.nioBuffer(), 0, ChunkRecord.FRAME_PLAIN);
      List<ChunkFrame> frames =
          Collections.nCopies(
              ChunkRecord.FRAMES_MAX, new ChunkFrame(ChunkRecord.FRAME_PLAIN, false, crc));
      ChunkHeader header = new ChunkHeader(id, CLUSTER, false, ChunkRecord.PLAIN_MAX, frames);
      return Future.succeededFuture(new StoredFrames(header, 0, frames.size(), zeros));
    }
  }

  private BackupGround ground(
      String node, ChunkStore chunks, AtomicBoolean leads, BackupGround.Targets targets) {
    return new BackupGround(
        metadata.store(),
        chunks,
        CLUSTER,
        node,
        leads::get,
        targets,
        timers,
        timers,
        clock,
        clock::nanos,
        new HungTargets(),
        () -> 0);
  }

  private DirectoryTarget directoryTarget() throws IOException {
    return DirectoryTarget.open(directory.resolve("target"));
  }

  private TargetRecord record() {
    return await(records.find("disk"));
  }

  @Test
  void nodeHangs_anotherGoesOn_andTheFirstDoesNoHarm() throws Exception {
    hang_takeOver_wakeUp(Duration.ZERO);
  }

  /** What shard time says of the lease is a day off then, for a day. */
  @Test
  void nodeHangs_clockWasFarAheadForAWhile_anotherGoesOnAllTheSame() throws Exception {
    hang_takeOver_wakeUp(Duration.ofDays(1));
    assertThat(record().getLast().getCompletedMs()).isLessThanOrEqualTo(clock.millis());
  }

  private void hang_takeOver_wakeUp(Duration ahead) throws Exception {
    AtomicBoolean firstLeads = new AtomicBoolean(true);
    AtomicBoolean secondLeads = new AtomicBoolean();
    HangingTarget hanging = HangingTarget.atPack(2, directoryTarget(), wakeUp);
    Zeros firstReads = new Zeros();
    Zeros secondReads = new Zeros();
    AtomicInteger secondTries = new AtomicInteger();
    try (BackupRunner first =
            new BackupRunner(ground("first", firstReads, firstLeads, target -> hanging));
        BackupRunner second =
            new BackupRunner(
                ground(
                    "second",
                    secondReads,
                    secondLeads,
                    target -> {
                      if (secondTries.getAndIncrement() == 0) {
                        throw new IOException("not mounted yet");
                      }
                      return directoryTarget();
                    }))) {
      clock.jump(ahead);
      first.start();
      second.start();
      String set = await(first.ask("disk", BackupKind.BACKUP_FULL)).getJob().getSetId();
      hanging.awaitHang();
      await().until(() -> BackupRunner.progress(record().getJob()).getPacksCount() == 1);
      clock.jump(ahead.negated());
      firstLeads.set(false);
      secondLeads.set(true);
      clock.pass(STALLED.plusSeconds(1));
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(
              () -> {
                boolean isTaken = !record().getJob().getOwner().equals("first");
                if (!isTaken) {
                  clock.pass(LEASE); // from when the second saw the lease
                }
                return isTaken;
              });

      await()
          .atMost(LiveMetadata.LIMIT)
          .until(
              () -> {
                clock.pass(Duration.ofSeconds(1)); // until the second tries again
                return record().hasLast();
              });
      assertThat(record().getLast().getSetId()).isEqualTo(set);
      assertThat(record().hasJob()).isFalse();
      assertThat(secondReads.reads.get())
          .as("what the first pack has is not read again")
          .isPositive()
          .isLessThan(CHUNKS);
      BackupSet made = verified();
      assertThat(made.id().text()).isEqualTo(set);
      assertThat(made.counts().objects()).isEqualTo(CHUNKS);

      wakeUp.countDown();
      await().until(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(this::isRun));
      assertThat(record().getLast().getSetId()).isEqualTo(set);
      assertThat(record().hasLastFailure()).isFalse();
      assertThat(verified()).isEqualTo(made);
    }
  }

  /** What it names may have been pruned since. */
  @Test
  void nodeHangs_backupIsGivenUpMeanwhile_completesNothing() throws Exception {
    HangingTarget hanging = HangingTarget.atPack(2, directoryTarget(), wakeUp);
    try (BackupRunner runner =
        new BackupRunner(
            ground("first", new Zeros(), new AtomicBoolean(true), target -> hanging))) {
      runner.start();
      await(runner.ask("disk", BackupKind.BACKUP_FULL));
      hanging.awaitHang();
      AbandonBackup abandon =
          AbandonBackup.newBuilder()
              .setTarget("disk")
              .setRunId(record().getJob().getRunId())
              .setReason("taken for dead")
              .build();
      metadata.submit(
          MetadataStore.ROOT_SHARD,
          Command.newBuilder().setFormat(FormatRange.HISTORY).setAbandonBackup(abandon));
      wakeUp.countDown();
      await().until(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(this::isRun));
      try (BackupTarget target = directoryTarget()) {
        assertThat(BackupCatalog.load(new BackupFiles(target, CLUSTER, null)).sets()).isEmpty();
      }
    }
  }

  private boolean isRun(Thread thread) {
    return thread.getName().equals("sluice-backup-disk");
  }

  private boolean tells(String set, int packs) {
    BackupProgress told = BackupRunner.progress(record().getJob());
    return told.getPacksOf().equals(set) && told.getPacksCount() == packs;
  }

  private BackupSet verified() throws IOException {
    try (BackupTarget target = directoryTarget()) {
      BackupFiles files = new BackupFiles(target, CLUSTER, null);
      BackupCatalog catalog = BackupCatalog.load(files);
      assertThat(
              new Verification(files, catalog, 1, 1, (done, all) -> {})
                  .verify(catalog.sets())
                  .problems())
          .isEmpty();
      return catalog.newest().orElseThrow();
    }
  }

  /** Its packs are many when much changed, and a node or a network may not last for all of them. */
  @Test
  void setThatLeadsUpToAFullOne_runsEnd_aSuccessorGoesOnWhereItWas() throws Exception {
    BackupSchedule schedule =
        BackupSchedule.newBuilder()
            .setId(1)
            .setKind(BackupKind.BACKUP_INCREMENTAL)
            .setEveryMs(86_400_000)
            .build();
    await(records.put(record().toBuilder().addSchedules(schedule).build(), record().getRevision()));
    Zeros chunks = new Zeros();
    AtomicInteger toCome = new AtomicInteger();
    try (BackupRunner runner =
        new BackupRunner(
            ground(
                "first",
                chunks,
                new AtomicBoolean(true),
                target -> new Interrupted(directoryTarget(), toCome)))) {
      runner.start();
      await(runner.ask("disk", BackupKind.BACKUP_FULL));
      await().atMost(LiveMetadata.LIMIT).until(() -> record().hasLast());
      for (int i = CHUNKS; i < 2 * CHUNKS; i++) {
        metadata.put(bucket, object(i));
      }
      chunks.reads.set(0);
      toCome.set(2);
      String full = await(runner.ask("disk", BackupKind.BACKUP_FULL)).getJob().getSetId();
      String before = new SetId(full).chainEnd().text();
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(() -> after(Duration.ofSeconds(1), () -> tells(before, 1)));
      int readBefore = chunks.reads.get();
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(
              () -> after(Duration.ofSeconds(1), () -> record().getLast().getSetId().equals(full)));
      assertThat(chunks.reads.get() - readBefore)
          .as("what the first pack has is not read again")
          .isPositive()
          .isLessThan(CHUNKS / 2);
      verified();
    }
  }

  private boolean after(Duration time, BooleanSupplier holds) {
    clock.pass(time);
    return holds.getAsBoolean();
  }

  /** Of three packs to come it takes the second alone, and then all. */
  private static final class Interrupted extends ForwardingTarget {
    private final AtomicInteger toCome;

    Interrupted(BackupTarget target, AtomicInteger toCome) {
      super(target);
      this.toCome = toCome;
    }

    @Override
    public NewFile create(String name) throws IOException {
      NewFile file = super.create(name);
      return name.endsWith(".pack") ? new Pack(file) : file;
    }

    private final class Pack implements NewFile {
      private final NewFile file;

      Pack(NewFile file) {
        this.file = file;
      }

      @Override
      public void write(ByteBuffer bytes) throws IOException {
        file.write(bytes);
      }

      @Override
      public void commit() throws IOException {
        if (toCome.getAndUpdate(left -> Math.max(0, left - 1)) % 2 == 1) {
          throw new IOException("the connection broke");
        }
        file.commit();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    }
  }

  /** What led up to it may be there, under an id of its moment. */
  @Test
  void ask_clockIsBehindABackupThatWasGivenUp_idIsGreaterAllTheSame() throws Exception {
    try (BackupRunner runner =
        new BackupRunner(
            ground(
                "first",
                new Zeros(),
                new AtomicBoolean(true),
                target -> {
                  throw new FileSystemException("disk", null, "No space left on device");
                }))) {
      runner.start();
      String first = await(runner.ask("disk", BackupKind.BACKUP_FULL)).getJob().getSetId();
      await().atMost(LiveMetadata.LIMIT).until(() -> record().hasLastFailure());
      clock.jump(Duration.ofHours(-1));
      assertThat(await(runner.ask("disk", BackupKind.BACKUP_FULL)).getJob().getSetId())
          .isGreaterThan(first);
    }
  }

  /** A set that would build on one that is not there is given up, and says why. */
  @Test
  void chunkIsLost_givenUpWithTheReason_andThePositionStays() throws Exception {
    ChunkStore lost =
        new ChunkStore() {
          @Override
          public ChunkId allocate(long routingKey) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Future<Void> write(EncodedChunk chunk) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
            return Future.failedFuture(new StorageFailure.ChunkNotFound("no replica has " + id));
          }
        };
    try (BackupRunner runner =
        new BackupRunner(
            ground("first", lost, new AtomicBoolean(true), target -> directoryTarget()))) {
      runner.start();
      await(runner.ask("disk", BackupKind.BACKUP_FULL));
      await().atMost(LiveMetadata.LIMIT).until(() -> record().hasLastFailure());
      assertThat(record().getLastFailure().getMessage()).contains("no replica has");
      assertThat(record().hasLast()).isFalse();
      assertThat(record().hasJob()).isFalse();
      try (BackupTarget target = directoryTarget()) {
        assertThat(BackupCatalog.load(new BackupFiles(target, CLUSTER, null)).sets()).isEmpty();
      }
    }
  }
}
