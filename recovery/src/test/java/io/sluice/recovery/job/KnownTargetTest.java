package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.recovery.NoChunks;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one run knows of a target from the run before. */
class KnownTargetTest {
  private final MemoryTarget target = new MemoryTarget();
  private final TestBackup backup = new TestBackup(target, null);
  private final TestClock clock = new TestClock();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final KnownTargets known =
      new KnownTargets(
          new BackupGround(
              new NoMetadata(),
              new NoChunks(),
              TestBackup.CLUSTER,
              "n1",
              () -> true,
              record -> target,
              Runnable::run,
              timers,
              clock));

  private TargetRecord record =
      TargetRecord.newBuilder()
          .setName("disk")
          .setUrl("file:///disk")
          .setRevision(1)
          .addSchedules(BackupSchedule.newBuilder().setEveryMs(1_000))
          .build();

  @AfterEach
  void close() throws IOException {
    timers.shutdown();
    backup.close();
  }

  private BackupSet made(SetKind kind) throws IOException {
    BackupSet set = backup.finish();
    BackupPoint point = BackupPoint.newBuilder().setSetId(set.id().text()).build();
    TargetRecord.Builder next = record.toBuilder().setLast(point);
    record = (kind.hasParent() ? next : next.setLastFull(point)).build();
    return set;
  }

  private BackupSet set(SetKind kind, String key) throws IOException {
    backup.begin(kind);
    backup.object(1, key, new byte[500], 500);
    return made(kind);
  }

  private static List<ChunkId> chunks(Part part) {
    return part.getSlicesList().stream().map(slice -> ChunkId.from(slice.getChunkId())).toList();
  }

  /** Whether the next run begins with what this one knew. */
  private boolean isKept() throws IOException {
    KnownTarget first = known.take(record, () -> {});
    known.giveBack(record, first);
    target.clearCounts();
    KnownTarget again = known.take(record, () -> {});
    known.giveBack(record, again);
    return again == first;
  }

  @Test
  void take_setWasMadeHere_isKnownWithOneRequest() throws IOException {
    BackupSet full = set(SetKind.FULL, "a");
    KnownTarget first = known.take(record, () -> {});
    first.buildOn(full);
    backup.begin(SetKind.INCREMENTAL);
    byte[] content = new byte[700];
    Part part = backup.part(content, 700);
    backup.object(1, "b", content, part);
    first.completed(made(SetKind.INCREMENTAL));
    known.giveBack(record, first);
    target.clearCounts();
    KnownTarget next = known.take(record, () -> {});
    assertThat(next).isSameAs(first);
    assertThat(target.opens()).as("the set that is built on").isOne();
    next.buildOn(next.catalog().newest().orElseThrow());
    assertThat(next.inChain(chunks(part))).containsExactlyElementsOf(chunks(part));
  }

  @Test
  void take_afterAPrune_isReadAgain() throws IOException {
    set(SetKind.FULL, "a");
    assertThat(isKept()).isTrue();
    record = record.toBuilder().setPrunes(1).build();
    KnownTarget read = known.take(record, () -> {});
    known.giveBack(record, read);
    // The sets are gone only now: what was read while they went is no good either.
    record = record.toBuilder().setPrunes(2).build();
    assertThat(known.take(record, () -> {})).isNotSameAs(read);
  }

  @Test
  void take_otherSettings_orAnothersSet_orLongAgo_isReadAgain() throws IOException {
    set(SetKind.FULL, "a");
    KnownTarget first = known.take(record, () -> {});
    known.giveBack(record, first);
    record = record.toBuilder().setRevision(2).build();
    KnownTarget second = known.take(record, () -> {});
    assertThat(second).isNotSameAs(first);
    known.giveBack(record, second);
    set(SetKind.INCREMENTAL, "b");
    KnownTarget third = known.take(record, () -> {});
    assertThat(third).isNotSameAs(second);
    known.giveBack(record, third);
    clock.pass(KnownTarget.READ_AGAIN_AFTER);
    assertThat(known.take(record, () -> {})).isNotSameAs(third);
  }

  @Test
  void take_theLastSetIsGone_isReadAgain() throws IOException {
    BackupSet full = set(SetKind.FULL, "a");
    assertThat(isKept()).isTrue();
    target.files().keySet().removeIf(name -> name.contains(full.id().text()));
    assertThat(known.take(record, () -> {}).catalog().sets()).isEmpty();
  }

  @Test
  void giveBack_noContinuousSchedule_isNotKept() throws IOException {
    set(SetKind.FULL, "a");
    record = record.toBuilder().clearSchedules().build();
    assertThat(isKept()).isFalse();
  }

  @Test
  void elsewhere_chunkOfAnotherChain_isFoundUnlessItsPackIsGone() throws IOException {
    backup.begin(SetKind.FULL);
    byte[] content = new byte[700];
    Part part = backup.part(content, 700);
    backup.object(1, "a", content, part);
    made(SetKind.FULL);
    BackupSet second = set(SetKind.FULL, "b");
    KnownTarget there = known.take(record, () -> {});
    there.buildOn(second);
    assertThat(there.inChain(chunks(part))).isEmpty();
    assertThat(there.elsewhere(chunks(part))).containsOnlyKeys(chunks(part));
    target.files().keySet().removeIf(name -> name.endsWith(".pack"));
    KnownTarget without = known.take(record, () -> {});
    without.buildOn(second);
    assertThat(without.elsewhere(chunks(part))).isEmpty();
  }
}
