package io.sluice.app.recovery;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.app.node.Backing;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.job.BackupChecks;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupPrunes;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.storage.chunk.ChunkStore;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Backups on one node: the commands, and the jobs while it leads. */
public final class BackupPlane implements AutoCloseable {
  private static final int LOOKERS = 2;
  private static final int LOOKS_WAITING_MAX = 16;
  private static final int LOOKER_IDLE_SECONDS = 30;

  private final ThreadPoolExecutor lookers;
  private final BackupRunner runner;
  private final BackupChecks checks;
  private final BackupPrunes prunes;
  private final List<AdminRoute> routes;

  public BackupPlane(
      Backing storage, ChunkStore chunks, ScheduledExecutorService timers, Clock clock) {
    this.lookers =
        new ThreadPoolExecutor(
            LOOKERS,
            LOOKERS,
            LOOKER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(LOOKS_WAITING_MAX),
            new DefaultThreadFactory("sluice-backup-look", true));
    lookers.allowCoreThreadTimeOut(true);
    BackupGround ground =
        new BackupGround(
            storage.metadata(),
            chunks,
            storage.clusterId(),
            storage.node(),
            storage::leads,
            target -> {
              try {
                return BackupTargets.open(target.getUrl());
              } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
              }
            },
            lookers,
            timers,
            clock);
    this.runner = new BackupRunner(ground);
    this.checks = new BackupChecks(ground);
    this.prunes = new BackupPrunes(ground);
    TargetRecords records = new TargetRecords(storage.metadata());
    TargetSets sets = new TargetSets(ground);
    this.routes =
        Stream.of(
                new BackupRoutes(records, sets, runner).routes(),
                new VerificationRoutes(records, checks).routes(),
                new RetentionRoutes(records, sets, prunes).routes())
            .flatMap(List::stream)
            .toList();
  }

  /** The commands of the administration API. */
  public List<AdminRoute> routes() {
    return routes;
  }

  /** Begins to look for jobs. */
  public void start() {
    runner.start();
  }

  @Override
  public void close() {
    runner.close();
    checks.close();
    prunes.close();
    lookers.shutdown();
  }
}
