package io.sluice.app.recovery;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.app.node.Backing;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.job.BackupGround;
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
  private final BackupRoutes routes;
  private final TargetRestores restores;

  /**
   * @param rootId the id of the root account, which has no row
   */
  public BackupPlane(
      Backing storage,
      ChunkStore chunks,
      ScheduledExecutorService timers,
      Clock clock,
      String rootId) {
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
    TargetRecords records = new TargetRecords(storage.metadata());
    this.routes = new BackupRoutes(records, new TargetSets(ground), runner);
    this.restores = new TargetRestores(ground, records, rootId);
  }

  /** The commands of the administration API. */
  public List<AdminRoute> routes() {
    return Stream.of(routes.routes(), restores.routes()).flatMap(List::stream).toList();
  }

  /** Begins to look for jobs. */
  public void start() {
    runner.start();
  }

  @Override
  public void close() {
    restores.close();
    runner.close();
    lookers.shutdown();
  }
}
