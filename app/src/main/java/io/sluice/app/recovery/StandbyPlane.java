package io.sluice.app.recovery;

import io.sluice.app.node.Backing;
import io.sluice.gateway.call.WriteRule;
import io.sluice.recovery.standby.ClusterRole;
import java.util.concurrent.ScheduledExecutorService;

/** What a node does where its cluster follows another, or is followed. */
public final class StandbyPlane implements AutoCloseable {
  private final RoleWatch watch;

  public StandbyPlane(Backing storage, ScheduledExecutorService timers) {
    this.watch = new RoleWatch(new ClusterRole(storage.metadata()), timers);
  }

  /** Whether the gateway lets writes in. */
  public WriteRule writes() {
    return watch;
  }

  public void start() {
    watch.start();
  }

  @Override
  public void close() {
    watch.close();
  }
}
