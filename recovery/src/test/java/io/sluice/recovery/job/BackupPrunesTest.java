package io.sluice.recovery.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.NoChunks;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetWriter;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.Verification;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.prune.Prune;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BeginPrune;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PruneRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetPage;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prunes beside a backup that is being made, with what the metadata says of it. */
class BackupPrunesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final MemoryTarget target = new MemoryTarget();
  private final TestBackup backup = new TestBackup(target, null);
  private final Records records = new Records();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final AtomicLong skipped = new AtomicLong();
  private BackupPrunes prunes;

  /** Shard 0, as far as it knows of targets. */
  static final class Records implements MetadataStore {
    private volatile TargetRecord record =
        TargetRecord.newBuilder()
            .setName("disk")
            .setUrl("file:///disk")
            .addRetention("keep-last=1")
            .build();

    /** How many sets there were whenever a prune said that it is there. */
    final List<Integer> setsAtNotes = new CopyOnWriteArrayList<>();

    IntSupplier setsNow = () -> 0;

    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger takenOver = new AtomicInteger();
    private volatile boolean elsewhereLives;
    private volatile @Nullable PruneRow pruning;

    void job(String set) {
      record = record.toBuilder().setJob(BackupJob.newBuilder().setSetId(set)).build();
    }

    void completed(BackupSet set) {
      BackupPoint point = BackupPoint.newBuilder().setSetId(set.id().text()).build();
      TargetRecord.Builder next = record.toBuilder().setLast(point).clearJob();
      if (!set.kind().hasParent()) {
        next.setLastFull(point);
      }
      record = next.build();
    }

    @Override
    public int shardCount() {
      return 1;
    }

    /** Of one that goes on, on another node. */
    void prunedElsewhere() {
      pruning = PruneRow.newBuilder().setRunId("x").setOwner("n2").setLeaseMs(30_000).build();
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      if (command.hasNoteTarget()) {
        assertThat(command.getNoteTarget().getPruned()).isTrue();
        setsAtNotes.add(setsNow.getAsInt());
        return Uni.createFrom().item(Outcome.getDefaultInstance());
      }
      if (command.hasEndPrune()) {
        if (pruning != null && pruning.getRunId().equals(command.getEndPrune().getRunId())) {
          pruning = null;
        }
        return Uni.createFrom().item(Outcome.getDefaultInstance());
      }
      BeginPrune begin = command.getBeginPrune();
      PruneRow there = pruning;
      boolean isOwn = there != null && there.getRunId().equals(begin.getRunId());
      if (!isOwn && begin.getContinues().equals(begin.getRunId())) {
        return Uni.createFrom()
            .failure(StorageFailure.Refused.of(RefusalCode.BACKUP_TAKEN_OVER, "taken over"));
      }
      if (there != null && !isOwn) {
        if (!begin.getContinues().equals(there.getRunId())) {
          looks.incrementAndGet();
          long renewals = there.getRenewals() + (elsewhereLives ? 1 : 0);
          pruning = there.toBuilder().setRenewals(renewals).build();
          return Uni.createFrom().item(Outcome.newBuilder().setPrune(there).build());
        }
        takenOver.incrementAndGet();
      }
      PruneRow taken = PruneRow.newBuilder().setRunId(begin.getRunId()).setOwner("n1").build();
      pruning = taken;
      return Uni.createFrom().item(Outcome.newBuilder().setPrune(taken).build());
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      TargetPage page = TargetPage.newBuilder().addTargets(record).build();
      return Uni.createFrom().item(Answer.newBuilder().setTargets(page).build());
    }
  }

  @BeforeEach
  void open() {
    prunes = new BackupPrunes(ground());
  }

  private BackupGround ground() {
    return new BackupGround(
        records,
        new NoChunks(),
        TestBackup.CLUSTER,
        "n1",
        () -> true,
        record -> target,
        Runnable::run,
        timers,
        Clock.fixed(TestBackup.START, ZoneOffset.UTC),
        () -> System.nanoTime() + skipped.get(),
        new HungTargets(),
        () -> 0);
  }

  @AfterEach
  void close() throws IOException {
    prunes.close();
    timers.shutdown();
    backup.close();
  }

  private BackupSet set(SetKind kind, String key) throws IOException {
    backup.begin(kind);
    backup.object(1, key, key.repeat(100).getBytes(UTF_8), 1_000);
    BackupSet made = backup.finish();
    records.completed(made);
    return made;
  }

  private TargetTask<PruneResult> begin() {
    return prunes.begin(records.record, false).orElseThrow();
  }

  private static PruneResult ended(TargetTask<PruneResult> task) {
    Awaitility.await().atMost(PATIENCE).until(() -> task.end() != null);
    TargetTask.End<PruneResult> end = Objects.requireNonNull(task.end());
    assertThat(end.failure()).isNull();
    return Objects.requireNonNull(end.result());
  }

  private void place(SetWriter writer, Part part, BackupSet from) throws IOException {
    List<ChunkId> chunks =
        part.getSlicesList().stream().map(slice -> ChunkId.from(slice.getChunkId())).toList();
    try (ChunkLookup lookup = BackupCatalog.chunks(backup.files(), List.of(from), null)) {
      for (ChunkLocation location : lookup.find(chunks).values()) {
        writer.place(location);
      }
    }
  }

  private long packs() {
    return target.files().keySet().stream().filter(name -> name.endsWith(".pack")).count();
  }

  private List<SetId> listed() throws IOException {
    return backup.catalog().sets().stream().map(BackupSet::id).toList();
  }

  private void verifyAll() throws IOException {
    BackupCatalog catalog = backup.catalog();
    assertThat(
            new Verification(backup.files(), catalog, 1, 1, (done, all) -> {})
                .verify(catalog.sets())
                .problems())
        .isEmpty();
  }

  @Test
  void prune_besideABackup_waitsWithPacksUntilThatOneHasEnded_andForNoLaterOne()
      throws IOException {
    backup.begin(SetKind.FULL);
    byte[] content = new byte[1_000];
    Part part = backup.part(content, 1_000);
    backup.object(1, "a", content, part);
    BackupSet old = backup.finish();
    BackupSet newer = set(SetKind.FULL, "b");
    records.completed(newer);
    // It finds a chunk in the old set's pack, and has a pack that no set names yet.
    SetWriter writer = backup.begin(SetKind.INCREMENTAL);
    records.job(writer.id().text());
    place(writer, part, old);
    backup.object(1, "a", content, part);
    backup.object(1, "c", new byte[500], 500);
    writer.endPack();

    TargetTask<PruneResult> task = begin();
    Awaitility.await().atMost(PATIENCE).until(() -> task.phase().contains(writer.id().text()));
    assertThat(listed()).as("the set goes at once").containsExactly(newer.id());
    assertThat(packs()).as("its pack waits").isEqualTo(3);
    assertThat(prunes.begin(records.record, false)).as("one at a time").isEmpty();

    BackupSet made = backup.finish();
    records.completed(made);
    records.job("20991231T000000.000Z-00000000");
    assertThat(ended(task).report().packs()).isZero();
    assertThat(listed()).containsExactly(newer.id(), made.id());
    verifyAll();
  }

  /** What a run read in between may name sets that go, and packs that the next prune takes. */
  @Test
  void prune_saysThatItIsThere_beforeSetsGoAndWhenTheyAreGone() throws IOException {
    set(SetKind.FULL, "a");
    set(SetKind.FULL, "b");
    records.setsNow =
        () -> (int) target.files().keySet().stream().filter(f -> f.endsWith("set.json")).count();
    ended(begin());
    assertThat(records.setsAtNotes).containsExactly(2, 1);
  }

  @Test
  void prune_afterABackupThatWasGivenUp_removesItsPacks() throws IOException {
    set(SetKind.FULL, "a");
    backup.begin(SetKind.FULL);
    backup.object(1, "b", new byte[500], 500);
    backup.writer().endPack();
    assertThat(packs()).isEqualTo(2);
    assertThat(ended(begin()).report().packs()).isEqualTo(1);
    assertThat(packs()).isEqualTo(1);
    verifyAll();
  }

  @Test
  void prune_keepsWhatTheNextBackupMayBuildOn() throws IOException {
    BackupSet full = set(SetKind.FULL, "a");
    BackupSet last = set(SetKind.INCREMENTAL, "b");
    // Of a target that is the same place under another name, whose backups the rules see too.
    backup.begin(SetKind.FULL);
    BackupSet foreign = backup.finish();
    PruneResult result = ended(begin());
    assertThat(result.plan().going()).isEmpty();
    assertThat(listed()).containsExactly(full.id(), last.id(), foreign.id());
  }

  private static String failureOf(TargetTask<PruneResult> task) {
    Awaitility.await().atMost(PATIENCE).until(() -> task.end() != null);
    return String.valueOf(Objects.requireNonNull(Objects.requireNonNull(task.end()).failure()));
  }

  @Test
  void prune_whileAnotherNodePrunesThePlace_saysSoAndRemovesNothing() throws IOException {
    set(SetKind.FULL, "a");
    set(SetKind.FULL, "b");
    records.prunedElsewhere();
    records.elsewhereLives = true;
    assertThat(failureOf(begin())).contains("another prune of this place is under way, on node n2");
    assertThat(listed()).hasSize(2);
    assertThat(Objects.requireNonNull(records.pruning).getOwner()).isEqualTo("n2");
  }

  @Test
  void prune_ofAPlaceWhosePruneDied_waitsForALeaseAndTakesIt() throws IOException {
    set(SetKind.FULL, "a");
    BackupSet last = set(SetKind.FULL, "b");
    records.prunedElsewhere();
    TargetTask<PruneResult> task = begin();
    Awaitility.await().atMost(PATIENCE).until(() -> records.looks.get() >= 2);
    assertThat(listed()).hasSize(2);
    skipped.set(Duration.ofSeconds(31).toNanos());
    assertThat(ended(task).report().sets()).isEqualTo(1);
    assertThat(listed()).containsExactly(last.id());
    assertThat(records.takenOver).hasValue(1);
    Awaitility.await("given back").atMost(PATIENCE).until(() -> records.pruning == null);
  }

  @Test
  void prune_thatWasTakenOver_removesNothingMore() throws IOException {
    set(SetKind.FULL, "a");
    set(SetKind.FULL, "b");
    records.job("20991231T000000.000Z-00000000");
    TargetTask<PruneResult> task = begin();
    Awaitility.await().atMost(PATIENCE).until(() -> task.phase().contains("20991231"));
    records.prunedElsewhere();
    records.record = records.record.toBuilder().clearJob().build();
    assertThat(failureOf(task)).contains("taken over");
    assertThat(packs()).isEqualTo(2);
    assertThat(Objects.requireNonNull(records.pruning).getOwner()).isEqualTo("n2");
  }

  @Test
  void prune_thatNobodyConfirms_endsBeforeTheNextFile() throws IOException {
    set(SetKind.FULL, "a");
    set(SetKind.FULL, "b");
    PruneLease lease = new PruneLease(ground(), new TargetRecords(records), "place", "run");
    lease.take().await().atMost(PATIENCE);
    lease.requireHeld();
    records.prunedElsewhere(); // and so it is not renewed
    skipped.set(Duration.ofSeconds(16).toNanos());
    Prune prune = new Prune(backup.files(), lease::requireHeld);
    assertThatThrownBy(() -> prune.removeSets(backup.catalog().sets()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("half-way");
    assertThat(listed()).hasSize(2);
    lease.end().await().atMost(PATIENCE);
  }

  @Test
  void place_ofOtherSpellings_isTheSame() {
    assertThat(BackupTargets.place("file:///mnt//backup/x/../"))
        .isEqualTo(BackupTargets.place("file:///mnt/backup"))
        .isNotEqualTo(BackupTargets.place("file:///mnt/backup/x"));
    String at = "?endpoint=https://nas:9000";
    assertThat(BackupTargets.place("s3://bb/p/" + at + "&storage-class=GLACIER_IR"))
        .isEqualTo(BackupTargets.place("s3://bb/p" + at))
        .isNotEqualTo(BackupTargets.place("s3://bb/q" + at))
        .isNotEqualTo(BackupTargets.place("s3://bb/p"));
    assertThat(BackupTargets.place("s3://bb/p?region=eu-west-1"))
        .isEqualTo(BackupTargets.place("s3://bb/p"));
  }

  @Test
  void dryRun_waitsForNobody_andRemovesNothing() throws IOException {
    set(SetKind.FULL, "a");
    set(SetKind.FULL, "b");
    records.job("20991231T000000.000Z-00000000");
    PruneResult result = ended(prunes.begin(records.record, true).orElseThrow());
    assertThat(result.report().sets()).isEqualTo(1);
    assertThat(result.report().packs()).isEqualTo(1);
    assertThat(listed()).hasSize(2);
  }
}
