package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.FollowedCluster;
import io.sluice.recovery.job.PrimaryLife;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an incremental run with one changed object costs where a target holds many sets: the first
 * one of a node, which reads them, and those that follow; and what a look of a standby costs there
 * that has everything. Not part of the tests: {@code ./mvnw -pl recovery -am test
 * -Dtest=ContinuousMeasurement -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ContinuousMeasurement {
  @TempDir Path directory;

  @Test
  void runs() throws Exception {
    ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
    try (LiveMetadata metadata = LiveMetadata.open(directory, 4, Clock.systemUTC());
        CountingTarget counted =
            new CountingTarget(DirectoryTarget.create(directory.resolve("target")))) {
      Bucket bucket = metadata.bucket("photos", 1);
      TargetRecords records = new TargetRecords(metadata.store());
      await(
          records.put(
              TargetRecord.newBuilder()
                  .setName("disk")
                  .setUrl("file:///anywhere")
                  .addSchedules(
                      BackupSchedule.newBuilder()
                          .setId(1)
                          .setKind(BackupKind.BACKUP_INCREMENTAL)
                          .setEveryMs(1_000))
                  .build(),
              0));
      BackupGround ground =
          new BackupGround(
              metadata.store(),
              new NoChunks(),
              TestBackup.CLUSTER,
              "n1",
              () -> true,
              record -> counted,
              Runnable::run,
              timers,
              Clock.systemUTC());
      int sets = 0;
      try (TestBackup others = new TestBackup(counted, null)) {
        for (int wanted : new int[] {10, 500, 2_000}) {
          for (; sets < wanted; sets++) {
            others.begin(sets == 0 ? SetKind.FULL : SetKind.INCREMENTAL);
            others.object(1, "key-" + sets, new byte[500], 500);
            others.finish();
          }
          try (BackupRunner runner = new BackupRunner(ground)) {
            runner.start();
            for (int run = 0; run < 5; run++) {
              measure(metadata, bucket, records, counted, wanted, run);
            }
          }
          look(ground, newest(counted), counted, wanted);
        }
      }
    } finally {
      timers.shutdownNow();
    }
  }

  private static String newest(BackupTarget target) throws IOException {
    BackupFiles files = new BackupFiles(target, TestBackup.CLUSTER, null);
    return BackupCatalog.load(files).newest().orElseThrow().id().text();
  }

  /** Of a standby that has everything: the first look, which reads all, and those that follow. */
  private static void look(BackupGround ground, String position, CountingTarget counted, int sets) {
    StandbyTerms terms =
        StandbyTerms.newBuilder()
            .setTarget(TargetRecord.newBuilder().setUrl("file:///anywhere"))
            .setClusterId(TestBackup.CLUSTER.toString())
            .build();
    FollowedCluster followed =
        new FollowedCluster(ground, terms, "root", opened -> PrimaryLife.ONLY);
    StandbyProgress at = StandbyProgress.newBuilder().setSetId(position).build();
    int looks = 1;
    for (String which : new String[] {"first look", "looks after it", "looks after it"}) {
      counted.clear();
      long fastest = Long.MAX_VALUE;
      for (int i = 0; i < looks; i++) {
        long began = System.nanoTime();
        await(followed.step(at, true, comparing -> Uni.createFrom().voidItem()));
        fastest = Math.min(fastest, System.nanoTime() - began);
      }
      System.out.printf(
          "%5d sets, %-14s: %7.2f ms the fastest, files opened %d, listings %d, names listed %d%n",
          sets,
          which,
          fastest / 1e6,
          counted.opened().size() / looks,
          counted.listed().size() / looks,
          counted.names() / looks);
      looks = 500;
    }
    followed.stop();
  }

  private static void measure(
      LiveMetadata metadata,
      Bucket bucket,
      TargetRecords records,
      CountingTarget counted,
      int sets,
      int run) {
    TargetRecord before = await(records.find("disk"));
    counted.clear();
    metadata.put(bucket, "changed", "x" + run);
    long[] begun = {0};
    TargetRecord after =
        Awaitility.await()
            .atMost(Duration.ofMinutes(1))
            .pollInterval(Duration.ofMillis(2))
            .until(
                () -> {
                  TargetRecord now = await(records.find("disk"));
                  if (begun[0] == 0 && now.hasJob()) {
                    begun[0] = System.nanoTime();
                  }
                  return now;
                },
                now ->
                    !now.hasJob() && !now.getLast().getSetId().equals(before.getLast().getSetId()));
    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun[0]);
    System.out.printf(
        "%5d sets, run %d, %-22s: %4d ms, files written %d, opened %d, listings %d, bytes %d%n",
        sets,
        run,
        after.getLast().getKind(),
        ms,
        counted.created().size(),
        counted.opened().size(),
        counted.listed().size(),
        counted.bytesWritten());
  }
}
