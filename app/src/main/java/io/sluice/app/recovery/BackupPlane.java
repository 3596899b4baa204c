package io.sluice.app.recovery;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.app.node.Backing;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.recovery.job.BackupChecks;
import io.sluice.recovery.job.BackupDrills;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupPrunes;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.HungTargets;
import io.sluice.recovery.job.TargetBuckets;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetSets;
import io.sluice.recovery.objective.ObjectiveWatch;
import io.sluice.recovery.standby.LeasedWrites;
import io.sluice.recovery.standby.WriteRight;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Backups and mirrors on one node: the commands, and the jobs while it leads. */
public final class BackupPlane implements AutoCloseable {
  /**
   * Most of them for targets that hang: of 100 targets two looks each may, and two look beside
   * them. They are there while they are needed. No look waits behind one that hangs: should all be
   * taken, it is refused.
   */
  private static final int LOOKERS = 202;

  private static final int LOOKER_IDLE_SECONDS = 30;
  private static final Duration OBJECTIVES_EVERY = Duration.ofSeconds(5);

  private final Map<String, String> environment;
  private final ThreadPoolExecutor lookers;
  private final BackupGround ground;
  private final BackupRunner runner;
  private final ObjectiveWatch objectives;
  private final BackupChecks checks;
  private final BackupPrunes prunes;
  private final BackupDrills drills;
  private final TargetRestores restores;
  private final MirrorPlane mirrors;
  private final List<AdminRoute> routes;

  /**
   * @param rootId the id of the root account, which has no row
   * @param environment of the process, where credentials of targets may be
   * @param right of this node to acknowledge what clients write
   * @param clientRequests how many requests of clients are under way on this node
   */
  public BackupPlane(
      Backing storage,
      ChunkStore chunks,
      ScheduledExecutorService timers,
      Clock clock,
      String rootId,
      Map<String, String> environment,
      MeterRegistry meters,
      WriteRight right,
      IntSupplier clientRequests) {
    this.environment = Map.copyOf(environment);
    this.lookers =
        new ThreadPoolExecutor(
            0,
            LOOKERS,
            LOOKER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DefaultThreadFactory("sluice-backup-look", true));
    this.ground =
        new BackupGround(
            storage.metadata(),
            chunks,
            storage.clusterId(),
            storage.node(),
            storage::leads,
            target -> open(target, environment, clock, null),
            lookers,
            timers,
            clock,
            System::nanoTime,
            new HungTargets(),
            clientRequests);
    this.runner = new BackupRunner(ground);
    this.checks = new BackupChecks(ground);
    this.prunes = new BackupPrunes(ground);
    this.drills =
        new BackupDrills(ground, Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
    TargetRecords records = new TargetRecords(storage.metadata());
    TargetSets sets = new TargetSets(ground);
    this.objectives =
        new ObjectiveWatch(
            ground, OBJECTIVES_EVERY, new BackupMeters(meters, runner, ground.hung())::show);
    this.restores =
        new TargetRestores(
            ground.withMetadata(new LeasedWrites(storage.metadata(), right)), records, rootId);
    this.mirrors =
        new MirrorPlane(storage, chunks, timers, clock, environment, lookers, meters, right::holds);
    this.routes =
        Stream.of(
                new TargetRoutes(records, sets, clock).routes(),
                new BackupRoutes(records, sets, runner).routes(),
                new RecoveryStatus(records, new TargetBuckets(ground, sets), clock).routes(),
                VerificationRoutes.of(records, checks),
                new RetentionRoutes(records, sets, prunes).routes(),
                DrillRoutes.of(records, drills),
                new ScheduleRoutes(records, clock).routes(),
                restores.routes(),
                mirrors.routes())
            .flatMap(List::stream)
            .toList();
  }

  private static BackupTarget open(
      TargetRecord target,
      Map<String, String> environment,
      Clock clock,
      @Nullable Duration patience)
      throws IOException {
    String credentials = target.getCredentialsFile();
    try {
      return BackupTargets.open(
          target.getUrl(),
          new TargetAccess(
              credentials.isEmpty() ? null : Path.of(credentials), environment, clock, patience));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Opens a target to ask for what is of no use later. Blocks. */
  public BackupTarget open(TargetRecord target, Duration patience) throws IOException {
    return open(target, environment, ground.clock(), patience);
  }

  /** What backups, and all that reads them, stand on. */
  public BackupGround ground() {
    return ground;
  }

  /** Makes them. */
  BackupRunner runner() {
    return runner;
  }

  /** The commands of the administration API. */
  public List<AdminRoute> routes() {
    return routes;
  }

  /** Begins to look for jobs. */
  public void start() {
    runner.start();
    objectives.start();
    mirrors.start();
    drills.start();
  }

  @Override
  public void close() {
    mirrors.close();
    objectives.close();
    restores.close();
    runner.close();
    checks.close();
    prunes.close();
    drills.close();
    lookers.shutdown();
  }
}
