package io.sluice.app.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.node.LocalDisks;
import io.sluice.cluster.heal.HealOptions;
import io.sluice.cluster.heal.Healer;
import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.ClusterState;
import io.vertx.core.Vertx;

/**
 * Keeps the copies of a node that is alone and has several disks equal: what is damaged on one, or
 * did not get there, comes from another.
 */
final class LocalHealing implements AutoCloseable {
  private static final long DRAIN_INTERVAL_MS = 2_000;
  private static final int COPIES_MAX = 2_000;

  private final Healer healer;

  /**
   * Starts it.
   *
   * @param layout which nobody changes
   * @param backlog what reads and writes found missing; drained until the Vert.x ends
   */
  LocalHealing(
      Layout layout, LocalDisks disks, RepairBacklog backlog, Vertx vertx, MeterRegistry meters) {
    ClusterView view =
        ClusterView.of(
            ClusterState.newBuilder().setRevision(1).setLayout(layout.toRecord()).build());
    this.healer =
        new Healer(
            () -> view,
            disks.byId(),
            disks::replica,
            HealOptions.DEFAULT,
            System::nanoTime,
            meters);
    healer.start();
    vertx.setPeriodic(
        DRAIN_INTERVAL_MS,
        timer -> backlog.drain(COPIES_MAX).forEach(c -> healer.repair(c.replicaId(), c.chunk())));
  }

  Healer healer() {
    return healer;
  }

  @Override
  public void close() {
    healer.close();
  }
}
