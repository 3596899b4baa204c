package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.HungTargets;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets that hang for ever take nobody else's place, and no more threads than they have. */
class HungTargetsTest {
  /** For a backup; a look is given up earlier. */
  private static final Duration SILENCE = Duration.ofMinutes(5).plusSeconds(1);

  private static final List<String> HANGING = List.of("gone1", "gone2");

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final HungTargets hung = new HungTargets();
  private final CountDownLatch wakeUp = new CountDownLatch(1);
  private final CountDownLatch hangs = new CountDownLatch(HANGING.size());
  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final ExecutorService lookers = Executors.newCachedThreadPool();
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
            hung);
  }

  private BackupTarget target(TargetRecord record) throws IOException {
    BackupTarget target = BackupTargets.open(record.getUrl());
    if (!HANGING.contains(record.getName())) {
      return target;
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
  void backups_ofTargetsThatHang_areGivenUp_andOthersAreMade() throws Exception {
    metadata.put(metadata.bucket("photos", 0), "a", "1");
    try (BackupRunner runner = new BackupRunner(ground)) {
      runner.start();
      for (String name : HANGING) {
        await(runner.ask(name, BackupKind.BACKUP_FULL));
      }
      hangs.await();
      clock.pass(SILENCE);
      for (String name : HANGING) {
        await(name + " is given up")
            .atMost(LiveMetadata.LIMIT)
            .until(
                () -> {
                  clock.pass(Duration.ofSeconds(5)); // until it is tried again
                  return record(name).hasLastFailure();
                });
        assertThat(record(name).getLastFailure().getMessage()).contains("does not answer");
        assertThat(record(name).hasJob()).isFalse();
      }
      assertThat(hung.threads()).as("however often it was tried").isEqualTo(HANGING.size());

      await(runner.ask("disk", BackupKind.BACKUP_FULL));
      await().atMost(LiveMetadata.LIMIT).until(() -> record("disk").hasLast());

      wakeUp.countDown();
      await().atMost(LiveMetadata.LIMIT).until(() -> hung.threads() == 0);
      await(runner.ask("gone1", BackupKind.BACKUP_FULL));
      await().atMost(LiveMetadata.LIMIT).until(() -> record("gone1").hasLast());
      assertThat(await(new TargetSets(ground).list(record("gone1")))).hasSize(1);
    }
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
}
