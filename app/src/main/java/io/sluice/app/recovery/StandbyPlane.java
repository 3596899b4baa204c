package io.sluice.app.recovery;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.call.WriteRule;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Demotion;
import io.sluice.recovery.standby.Divergence;
import io.sluice.recovery.standby.EpochWatch;
import io.sluice.recovery.standby.Fencing;
import io.sluice.recovery.standby.LeaseSetup;
import io.sluice.recovery.standby.LeasedWrites;
import io.sluice.recovery.standby.PrimaryProbe;
import io.sluice.recovery.standby.StandbyRunner;
import io.sluice.recovery.standby.Successor;
import io.sluice.recovery.standby.TakeoverWatch;
import io.sluice.recovery.standby.WriteRight;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.BackupKind;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node does where its cluster follows another, or is followed. */
public final class StandbyPlane implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StandbyPlane.class);

  private final BackupGround ground;
  private final WriteRight right;
  private final EpochWatch epochs;
  private final TakeoverWatch takeovers;
  private final RoleWatch watch;
  private final StandbyRunner runner;
  private final List<AdminRoute> routes;

  /**
   * @param right of this node to acknowledge what clients write
   * @param rootId the id of the root account, which has no row
   */
  public StandbyPlane(BackupPlane backups, WriteRight right, String rootId, MeterRegistry meters) {
    this.ground = backups.ground();
    ClusterRole roles = new ClusterRole(ground.metadata());
    PrimaryProbe probe = new PrimaryProbe();
    Fencing fencing = new Fencing(ground.metadata(), ground.clusterId());
    Demotion demotion =
        new Demotion(
            ground.metadata(),
            fencing,
            target -> backups.runner().ask(target, BackupKind.BACKUP_INCREMENTAL));
    this.right = right;
    this.epochs =
        new EpochWatch(
            ground.clusterId(),
            backups::open,
            right,
            System::nanoTime,
            successor -> fence(fencing, successor));
    this.takeovers = new TakeoverWatch(ground, fencing, demotion);
    this.watch = new RoleWatch(roles, ground.timers(), right, epochs::heard);
    this.runner = new StandbyRunner(ground, rootId, probe, System::nanoTime);
    TargetRecords targets = new TargetRecords(ground.metadata());
    LeaseSetup lease = new LeaseSetup(roles, ground, this::after);
    RoleAnswers answers = new RoleAnswers(roles, watch, ground.clock());
    StandbyFindings findings =
        new StandbyFindings(ground, new DivergedJson(new Divergence(ground)), epochs::problem);
    this.routes =
        Stream.of(
                new StandbyRoutes(ground, roles, targets, watch, answers, findings, fencing)
                    .routes(),
                new PromotionRoutes(roles, targets, probe, watch, answers, demotion).routes(),
                new LeaseRoutes(targets, lease, watch).routes())
            .flatMap(List::stream)
            .toList();
    new StandbyMeters(meters, watch, ground.clock());
  }

  private Uni<Void> after(Duration span) {
    return Uni.createFrom().voidItem().onItem().delayIt().onExecutor(ground.timers()).by(span);
  }

  private static void fence(Fencing fencing, Successor by) {
    fencing
        .fence(by)
        .subscribe()
        .with(done -> {}, failure -> log.warn("Not fenced yet: {}", failure.toString()));
  }

  /** The metadata as clients write it. */
  public MetadataStore leased(MetadataStore metadata) {
    return new LeasedWrites(metadata, right);
  }

  /** Whether the gateway lets writes in. */
  public WriteRule writes() {
    return watch;
  }

  /** The commands of the administration API. */
  public List<AdminRoute> routes() {
    return routes;
  }

  public void start() {
    watch.start();
    epochs.start(ground.timers());
    runner.start();
    takeovers.start();
  }

  @Override
  public void close() {
    takeovers.close();
    runner.close();
    watch.close();
    epochs.close();
  }
}
