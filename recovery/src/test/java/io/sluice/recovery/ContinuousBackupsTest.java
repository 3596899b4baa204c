package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An incremental backup each second, if anything changed. */
class ContinuousBackupsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final UUID CLUSTER = UUID.randomUUID();

  @TempDir Path directory;

  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private CountingTarget counted;
  private LiveMetadata metadata;
  private Bucket bucket;
  private TargetRecords records;
  private BackupRunner runner;

  @BeforeEach
  void open() throws Exception {
    DirectoryTarget target = DirectoryTarget.create(directory.resolve("target"));
    counted = new CountingTarget(target);
    metadata = LiveMetadata.open(directory, 2, Clock.systemUTC());
    bucket = metadata.bucket("photos", 1);
    records = new TargetRecords(metadata.store());
    runner =
        new BackupRunner(
            new BackupGround(
                metadata.store(),
                new NoChunks(),
                CLUSTER,
                "n1",
                () -> true,
                record -> counted,
                Runnable::run,
                timers,
                Clock.systemUTC()));
    TargetRecord record =
        TargetRecord.newBuilder()
            .setName("disk")
            .setUrl("file://" + directory.resolve("target").toAbsolutePath())
            .addSchedules(
                BackupSchedule.newBuilder()
                    .setId(1)
                    .setKind(BackupKind.BACKUP_INCREMENTAL)
                    .setEveryMs((int) EVERY.toMillis()))
            .build();
    await(records.put(record, 0));
    runner.start();
  }

  @AfterEach
  void close() throws IOException {
    runner.close();
    timers.shutdownNow();
    metadata.close();
  }

  private TargetRecord target() {
    return await(records.find("disk"));
  }

  private BackupPoint after(String set) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(this::target, now -> !now.hasJob() && !now.getLast().getSetId().equals(set))
        .getLast();
  }

  private boolean holds(BackupTarget target, String key) throws IOException {
    BackupFiles files = new BackupFiles(target, CLUSTER, null);
    BackupCatalog catalog = BackupCatalog.load(files);
    BackupSet newest = catalog.newest().orElse(null);
    if (newest == null) {
      return false;
    }
    try (SetState state = SetState.open(files, catalog.chain(newest), null)) {
      for (RowGroup row = state.next(); row != null; row = state.next()) {
        if (row.row().getObject().getKey().toStringUtf8().equals(key)) {
          return true;
        }
      }
      return false;
    }
  }

  @Test
  void changed_isInTheTargetWithinSeconds_andNothingIsDoneWhileNothingChanges() throws Exception {
    metadata.put(bucket, "first", "1");
    after("");
    long worstMs = 0;
    try (DirectoryTarget looker = DirectoryTarget.open(directory.resolve("target"))) {
      for (int i = 0; i < 5; i++) {
        String key = "key-" + i;
        metadata.put(bucket, key, "x");
        long acknowledged = System.nanoTime();
        Awaitility.await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> holds(looker, key));
        worstMs =
            Math.max(worstMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - acknowledged));
      }
    }
    assertThat(worstMs).as("milliseconds that would be lost").isLessThan(10_000);
    String last = settled();
    long requests = counted.requests();
    Awaitility.await()
        .during(Duration.ofSeconds(4))
        .atMost(PATIENCE)
        .until(() -> counted.requests() == requests);
    assertThat(target().getLast().getSetId()).isEqualTo(last);
    metadata.delete(bucket, "key-0");
    assertThat(after(last).getBuildsOn()).isPositive();
  }

  /** Until the last one is complete, and what it made of the index is in one too. */
  private String settled() {
    String[] last = {""};
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(1_500))
        .until(
            () -> {
              TargetRecord now = target();
              boolean same = !now.hasJob() && now.getLast().getSetId().equals(last[0]);
              last[0] = now.getLast().getSetId();
              return same;
            });
    return last[0];
  }

  @Test
  void run_afterAnotherOfTheSameNode_readsNothingThatItKnows_andLeavesNoPins() throws Exception {
    metadata.put(bucket, "a", "1");
    settled();
    metadata.put(bucket, "b", "1");
    String before = settled();
    int buildsOn = target().getLast().getBuildsOn();
    counted.clear();
    metadata.put(bucket, "c", "1");
    BackupPoint after = after(before);
    assertThat(after.getKind()).isEqualTo(BackupKind.BACKUP_INCREMENTAL);
    assertThat(after.getBuildsOn()).isEqualTo(buildsOn + 1);
    assertThat(counted.listed()).as("its own folder").allMatch(p -> p.contains(after.getSetId()));
    assertThat(counted.opened()).hasSize(1).allMatch(name -> name.endsWith("set.json"));
    assertThat(counted.created()).hasSize(2).anyMatch(name -> name.contains("rows-"));
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> metadata.pins(0).isEmpty() && metadata.pins(1).isEmpty());
    List<SetKind> kinds = kinds();
    assertThat(kinds.get(0)).isEqualTo(SetKind.FULL);
    assertThat(kinds.subList(1, kinds.size())).containsOnly(SetKind.INCREMENTAL);
  }

  private List<SetKind> kinds() throws IOException {
    try (DirectoryTarget target = DirectoryTarget.open(directory.resolve("target"))) {
      return BackupCatalog.load(new BackupFiles(target, CLUSTER, null)).sets().stream()
          .map(BackupSet::kind)
          .toList();
    }
  }
}
