package io.sluice.app.recovery;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.call.WriteRule;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.PrimaryProbe;
import io.sluice.recovery.standby.StandbyRunner;
import java.util.List;

/** What a node does where its cluster follows another, or is followed. */
public final class StandbyPlane implements AutoCloseable {
  private final RoleWatch watch;
  private final StandbyRunner runner;
  private final List<AdminRoute> routes;

  /**
   * @param rootId the id of the root account, which has no row
   */
  public StandbyPlane(BackupGround ground, String rootId, MeterRegistry meters) {
    ClusterRole roles = new ClusterRole(ground.metadata());
    PrimaryProbe probe = new PrimaryProbe();
    this.watch = new RoleWatch(roles, ground.timers());
    this.runner = new StandbyRunner(ground, rootId, probe, System::nanoTime);
    this.routes =
        new StandbyRoutes(ground, roles, new TargetRecords(ground.metadata()), probe, watch)
            .routes();
    new StandbyMeters(meters, watch, ground.clock());
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
    runner.start();
  }

  @Override
  public void close() {
    runner.close();
    watch.close();
  }
}
