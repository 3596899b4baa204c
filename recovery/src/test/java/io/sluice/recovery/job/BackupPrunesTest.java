package io.sluice.recovery.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.Query;
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
import java.util.function.IntSupplier;
import org.awaitility.Awaitility;
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

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      assertThat(command.getNoteTarget().getPruned()).isTrue();
      setsAtNotes.add(setsNow.getAsInt());
      return Uni.createFrom().item(Outcome.getDefaultInstance());
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      TargetPage page = TargetPage.newBuilder().addTargets(record).build();
      return Uni.createFrom().item(Answer.newBuilder().setTargets(page).build());
    }
  }

  @BeforeEach
  void open() {
    prunes =
        new BackupPrunes(
            new BackupGround(
                records,
                new NoChunks(),
                TestBackup.CLUSTER,
                "n1",
                () -> true,
                record -> target,
                Runnable::run,
                timers,
                Clock.fixed(TestBackup.START, ZoneOffset.UTC)));
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
