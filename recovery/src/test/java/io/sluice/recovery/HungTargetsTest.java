package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.VerificationResult;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.job.BackupChecks;
import io.sluice.recovery.job.BackupDrills;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.ClusterRestore;
import io.sluice.recovery.job.DrillOrder;
import io.sluice.recovery.job.DrillResult;
import io.sluice.recovery.job.HungTargets;
import io.sluice.recovery.job.RestoreOrder;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.recovery.job.TargetTask;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets that hang for ever take nobody else's place, and no more threads than they have. */
class HungTargetsTest {
  /** For a backup; a look is given up earlier. */
  private static final Duration SILENCE = Duration.ofMinutes(6).plusSeconds(1);

  private static final List<String> HANGING = List.of("gone1", "gone2");

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final HungTargets hung = new HungTargets();
  private final CountDownLatch wakeUp = new CountDownLatch(1);
  private final CountDownLatch hangs = new CountDownLatch(HANGING.size());
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(2);
  private final ExecutorService lookers = Executors.newCachedThreadPool();
  private final AtomicBoolean taken = new AtomicBoolean();
  private UnaryOperator<BackupTarget> others = target -> target;
  private LiveMetadata metadata;
  private TargetRecords records;
  private BackupGround ground;

  @BeforeEach
  void open() throws Exception {
    metadata = LiveMetadata.open(directory, 1, clock);
    records = new TargetRecords(metadata.store());
    for (String name : List.of("gone1", "gone2", "disk")) {
      Path place = Files.createDirectory(directory.resolve(name));
      await(
          records.put(
              TargetRecord.newBuilder().setName(name).setUrl("file://" + place).build(), 0));
    }
    ground =
        new BackupGround(
            metadata.store(),
            new NoChunks(),
            UUID.randomUUID(),
            "n1",
            () -> true,
            this::target,
            lookers,
            timers,
            clock,
            clock::nanos,
            hung,
            () -> 0);
  }

  private BackupTarget target(TargetRecord record) throws IOException {
    BackupTarget target = BackupTargets.open(record.getUrl());
    if (!HANGING.contains(record.getName())) {
      return others.apply(target);
    }
    return HangingTarget.atOnce(target, wakeUp, hangs);
  }

  @AfterEach
  void close() throws Exception {
    wakeUp.countDown();
    lookers.shutdown();
    timers.shutdownNow();
    metadata.close();
  }

  private TargetRecord record(String name) {
    return await(records.find(name));
  }

  @Test
  void backups_ofTargetsThatHang_keepTheirJobs_andOthersAreMade() throws Exception {
    metadata.put(metadata.bucket("photos", 0), "a", "1");
    try (BackupRunner runner = new BackupRunner(ground)) {
      runner.start();
      String set = await(runner.ask("gone1", BackupKind.BACKUP_FULL)).getJob().getSetId();
      await(runner.ask("gone2", BackupKind.BACKUP_FULL));
      hangs.await();
      long hangsSinceMs = clock.millis();
      assertThat(silentSince("gone1")).isZero();
      clock.pass(Duration.ofMinutes(1));
      await("it is told").atMost(LiveMetadata.LIMIT).until(() -> silentSince("gone1") > 0);
      assertThat(silentSince("gone1")).isBetween(hangsSinceMs - 1_000, hangsSinceMs + 30_000);
      clock.pass(SILENCE);
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(() -> hung.threads() == HANGING.size() && runner.failures() == HANGING.size());

      await(runner.ask("disk", BackupKind.BACKUP_FULL));
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(
              () -> {
                clock.pass(Duration.ofSeconds(5)); // nobody tries the others again
                return record("disk").hasLast();
              });
      assertThat(runner.failures()).isEqualTo(HANGING.size());
      assertThat(hung.threads()).isEqualTo(HANGING.size());
      assertThat(record("gone1").getJob().getSetId()).as("prunes wait for it").isEqualTo(set);
      assertThat(record("gone1").hasLastFailure()).isFalse();
      assertThat(silentSince("gone1")).as("while nobody tries again").isPositive();

      wakeUp.countDown();
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(
              () -> {
                clock.pass(Duration.ofSeconds(5)); // until it is tried again
                return record("gone1").hasLast() && hung.threads() == 0;
              });
      assertThat(record("gone1").getLast().getSetId()).isEqualTo(set);
      assertThat(await(new TargetSets(ground).list(record("gone1")))).hasSize(1);
    }
  }

  private long silentSince(String name) {
    return BackupRunner.progress(record(name).getJob()).getSilentSinceMs();
  }

  @Test
  void drills_ofTargetsThatHang_areGivenUp_andCountAsFailed() throws Exception {
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    try (BackupDrills drills = new BackupDrills(ground, temporary)) {
      DrillOrder order = new DrillOrder(1, 1, 1 << 20, null);
      for (String name : HANGING) {
        assertThat(drills.begin(record(name), order)).isPresent();
      }
      hangs.await();
      clock.pass(SILENCE);
      for (String name : HANGING) {
        TargetTask<DrillResult> task = drills.find(name).orElseThrow();
        await().atMost(LiveMetadata.LIMIT).until(() -> task.end() != null);
        assertThat(Objects.requireNonNull(task.end()).failure())
            .hasMessageContaining("does not answer");
        assertThat(record(name).getLastDrill().getProblem()).contains("does not answer");
        assertThat(record(name).hasLastGoodDrill()).isFalse();
      }
      assertThat(hung.threads()).isEqualTo(HANGING.size());

      // And one whose directory is not there, or not mounted.
      Files.delete(directory.resolve("disk"));
      TargetTask<DrillResult> unmounted = drills.begin(record("disk"), order).orElseThrow();
      await().atMost(LiveMetadata.LIMIT).until(() -> unmounted.end() != null);
      assertThat(record("disk").getLastDrill().getProblem())
          .contains("is not a directory that is there");
    }
  }

  /** As when a run that was taken for dead wakes up and writes one file more. */
  @Test
  void backup_nameIsTakenMeanwhile_isTriedAgainUnderAnother() throws Exception {
    metadata.put(metadata.bucket("photos", 0), "a", "1");
    others = NameTaken::new;
    try (BackupRunner runner = new BackupRunner(ground)) {
      runner.start();
      await(runner.ask("disk", BackupKind.BACKUP_FULL));
      await()
          .atMost(LiveMetadata.LIMIT)
          .until(
              () -> {
                clock.pass(Duration.ofSeconds(5)); // until it is tried again
                return record("disk").hasLast();
              });
      assertThat(runner.failures()).isEqualTo(1);
      assertThat(record("disk").hasLastFailure()).isFalse();
    }
  }

  /** The first file of rows that is to be made is there by then. */
  private final class NameTaken extends ForwardingTarget {
    NameTaken(BackupTarget target) {
      super(target);
    }

    @Override
    public NewFile create(String name) throws IOException {
      if (name.contains("/rows-") && taken.compareAndSet(false, true)) {
        try (NewFile other = super.create(name)) {
          other.write(ByteBuffer.wrap(new byte[] {1}));
          other.commit();
        }
      }
      return super.create(name);
    }
  }

  @Test
  void restores_thatNeverBegin_leaveNothingBehind() {
    for (int i = 0; i < 10; i++) {
      RestoreOrder order =
          new RestoreOrder(
              record("disk"), null, null, null, null, ByteString.EMPTY, null, false, false, false);
      assertThat(new ClusterRestore(ground, order, "root").figures().restored()).isZero();
    }
    assertThat(timers.getQueue()).isEmpty();
  }

  @Test
  void looks_atTargetsThatHang_areGivenUp_andOthersGoOn() throws Exception {
    TargetSets sets = new TargetSets(ground);
    List<CompletableFuture<?>> looks =
        HANGING.stream()
            .<CompletableFuture<?>>map(name -> sets.list(record(name)).subscribeAsCompletionStage())
            .toList();
    hangs.await();
    clock.pass(SILENCE);
    for (CompletableFuture<?> look : looks) {
      assertThatThrownBy(() -> look.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContaining("does not answer");
    }
    assertThat(await(sets.list(record("disk")))).isEmpty();
    assertThatThrownBy(() -> await(sets.list(record("gone1"))))
        .as("no other thread goes there")
        .hasMessageContaining("still waits for it");
    assertThat(hung.threads()).isEqualTo(HANGING.size());
    wakeUp.countDown();
    await().atMost(LiveMetadata.LIMIT).until(() -> hung.threads() == 0);
    assertThat(await(sets.list(record("gone1")))).isEmpty();
  }

  @Test
  void verifications_ofTargetsThatHang_areGivenUp_andOthersGoOn() throws Exception {
    try (BackupChecks checks = new BackupChecks(ground)) {
      for (String name : HANGING) {
        assertThat(checks.begin(record(name), null, 1, 1)).isPresent();
      }
      hangs.await();
      clock.pass(SILENCE);
      for (String name : HANGING) {
        TargetTask<VerificationResult> task = checks.find(name).orElseThrow();
        await().atMost(LiveMetadata.LIMIT).until(() -> task.end() != null);
        assertThat(Objects.requireNonNull(task.end()).failure())
            .hasMessageContaining("does not answer");
      }
      TargetTask<VerificationResult> other = checks.begin(record("disk"), null, 1, 1).orElseThrow();
      await().atMost(LiveMetadata.LIMIT).until(() -> other.end() != null);
      assertThat(Objects.requireNonNull(other.end()).failure()).isNull();
    }
  }
}
