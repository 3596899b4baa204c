package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.job.BackupDrills;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.DrillSchedule;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups that are made because their time has come, by the node that leads. */
class ScheduledBackupsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final AtomicBoolean leads = new AtomicBoolean(true);
  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final UUID cluster = UUID.randomUUID();
  private LiveMetadata metadata;
  private Bucket bucket;
  private TargetRecords records;
  private TargetSets sets;
  private BackupRunner runner;
  private BackupDrills drills;

  @BeforeEach
  void open() throws Exception {
    Files.createDirectory(directory.resolve("target"));
    metadata = LiveMetadata.open(directory, 2, clock);
    bucket = metadata.bucket("photos", 1);
    BackupGround ground =
        new BackupGround(
            metadata.store(),
            new NoChunks(),
            cluster,
            "n1",
            leads::get,
            target -> BackupTargets.open(target.getUrl()),
            Runnable::run,
            timers,
            clock);
    records = new TargetRecords(metadata.store());
    sets = new TargetSets(ground);
    TargetRecord target =
        TargetRecord.newBuilder()
            .setName("disk")
            .setUrl("file://" + directory.resolve("target").toAbsolutePath())
            .addSchedules(
                BackupSchedule.newBuilder()
                    .setId(1)
                    .setKind(BackupKind.BACKUP_INCREMENTAL)
                    .setCron("0 * * * *")
                    .setZone("UTC"))
            .build();
    await(records.put(target, 0));
    runner = new BackupRunner(ground);
    runner.start();
    drills = new BackupDrills(ground, Files.createDirectory(directory.resolve("temporary")));
  }

  @AfterEach
  void close() throws IOException {
    drills.close();
    runner.close();
    timers.shutdownNow();
    metadata.close();
  }

  private TargetRecord target(String what, Predicate<TargetRecord> as) {
    return Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> await(records.find("disk")), as);
  }

  private TargetRecord backedUp(int times) {
    return target(
        times + " backups", now -> !now.hasJob() && await(sets.list(now)).size() >= times);
  }

  private List<String> kinds() {
    return await(sets.list(await(records.find("disk")))).stream()
        .map(set -> set.kind().toString())
        .toList();
  }

  @Test
  void due_isMadeOnce_byWhoLeads_andWhatWasMissedOnceToo() {
    metadata.put(bucket, "a", "1");
    clock.jump(HOUR);
    TargetRecord first = backedUp(1);
    assertThat(first.getLast().getKind())
        .as("nothing to build on")
        .isEqualTo(BackupKind.BACKUP_FULL);
    assertThat(first.getLast().getCutMs()).isGreaterThanOrEqualTo(clock.millis());
    assertThat(first.getLast().getRestoreBytes()).isEqualTo(1);

    leads.set(false);
    metadata.put(bucket, "b", "22");
    clock.jump(HOUR.multipliedBy(30));
    Awaitility.await()
        .during(Duration.ofSeconds(3))
        .atMost(PATIENCE)
        .until(() -> kinds().size() == 1);
    leads.set(true);
    TargetRecord second = backedUp(2);
    assertThat(second.getLast().getRestoreBytes()).isEqualTo(3);
    assertThat(second.getLastIncrementalMs()).isEqualTo(second.getLast().getCutMs());
    Awaitility.await("no more of what was missed")
        .during(Duration.ofSeconds(3))
        .atMost(PATIENCE)
        .until(() -> kinds().equals(List.of("full", "incremental")));
  }

  @Test
  void due_ofAStandby_isMadeElsewhere_andNotWhereItFollows_butWhenAskedFor() throws IOException {
    TargetRecord disk = await(records.find("disk"));
    Path own = Files.createDirectory(directory.resolve("own"));
    await(
        records.put(
            TargetRecord.newBuilder()
                .setName("own")
                .setUrl("file://" + own.toAbsolutePath())
                .addAllSchedules(disk.getSchedulesList())
                .build(),
            0));
    StandbyTerms terms =
        StandbyTerms.newBuilder()
            .setTarget(TargetRecord.newBuilder().setUrl(disk.getUrl()))
            .setClusterId(UUID.randomUUID().toString())
            .build();
    ClusterRole roles = new ClusterRole(metadata.store());
    RoleRecord standby =
        await(roles.put(RoleRecord.newBuilder().setRole(Role.STANDBY).setTerms(terms).build(), 0));
    clock.jump(HOUR);
    // Each look goes from one target to the next, this one first.
    Awaitility.await("the other one")
        .atMost(PATIENCE)
        .until(() -> await(records.find("own")).hasLast());
    assertThat(await(records.find("disk")).hasLast()).isFalse();
    await(runner.ask("disk", BackupKind.BACKUP_FULL));
    String asked = backedUp(1).getLast().getSetId();

    clock.jump(HOUR);
    await(roles.put(RoleRecord.getDefaultInstance(), standby.getRevision()));
    assertThat(backedUp(2).getLast().getSetId()).as("the primary's again").isNotEqualTo(asked);
  }

  @Test
  void due_baseIsGoneFromTheTarget_fails_andIsAFullOneLater() throws IOException {
    clock.jump(HOUR);
    backedUp(1);
    clock.jump(HOUR);
    removeSet(backedUp(2).getLast().getSetId());
    clock.jump(HOUR);
    TargetRecord failed = target("failure", now -> now.getLast().getLost());
    assertThat(failed.getLastFailure().getCount()).isEqualTo(1);
    assertThat(failed.getLastFailure().getMessage()).contains("make a full one");
    clock.jump(Duration.ofMinutes(6));
    TargetRecord again = backedUp(2);
    assertThat(again.getLast().getKind()).isEqualTo(BackupKind.BACKUP_FULL);
    assertThat(again.hasLastFailure()).isFalse();
  }

  /** What should be mounted there is not, and the backups would lie on the cluster's own disk. */
  @Test
  void due_nothingIsLeftInTheTarget_fails_andStaysSo() throws IOException {
    clock.jump(HOUR);
    removeSet(backedUp(1).getLast().getSetId());
    clock.jump(HOUR);
    TargetRecord failed = target("failure", TargetRecord::hasLastFailure);
    assertThat(failed.getLastFailure().getMessage()).contains("is it the right place, and mounted");
    assertThat(failed.getLast().getLost()).isFalse();
    assertThat(kinds()).isEmpty();
  }

  /** By who leads, with what an earlier process left cleared, and the target's record told. */
  @Test
  void drill_due_isMade_andNoted() throws IOException {
    metadata.put(bucket, "a", "1");
    clock.jump(HOUR);
    backedUp(1);
    Path temporary = directory.resolve("temporary");
    Path left =
        Files.createDirectories(temporary.resolve("sluice-drill-" + cluster + "-n1-1/objects"));
    Path others = Files.createDirectory(temporary.resolve("sluice-drill-" + cluster + "-n2-1"));
    await(
        records.change(
            "disk",
            target ->
                target.toBuilder()
                    .clearSchedules()
                    .addDrills(
                        DrillSchedule.newBuilder()
                            .setId(1)
                            .setCron("30 * * * *")
                            .setZone("UTC")
                            .setShare(1))
                    .build()));
    drills.start();
    clock.jump(HOUR);
    TargetRecord drilled = target("drill", TargetRecord::hasLastDrill);
    assertThat(drilled.getLastGoodDrill()).isEqualTo(drilled.getLastDrill());
    assertThat(drilled.getLastDrill().getObjects()).isEqualTo(1);
    assertThat(drilled.getLastDrill().getSetId()).isEqualTo(drilled.getLast().getSetId());
    assertThat(left.getParent()).doesNotExist();
    assertThat(others).as("another node's").exists();
    assertThat(temporary.toFile().list()).as("nothing of its own is left").hasSize(1);

    removeSet(drilled.getLast().getSetId());
    clock.jump(HOUR);
    TargetRecord failed = target("failed drill", now -> !now.getLastDrill().getProblem().isEmpty());
    assertThat(failed.getLastDrill().getProblem()).contains("there is no backup in the target");
    assertThat(failed.getLastGoodDrill()).isEqualTo(drilled.getLastDrill());
  }

  private void removeSet(String id) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("target"))) {
      for (Path file :
          files
              .filter(each -> each.getParent().endsWith(id) && Files.isRegularFile(each))
              .toList()) {
        Files.delete(file);
      }
    }
  }
}
