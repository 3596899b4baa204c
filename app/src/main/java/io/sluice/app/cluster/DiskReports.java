package io.sluice.app.cluster;

import io.sluice.app.node.DiskWatch;
import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SetDiskState;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the cluster which disks of this node leave the layout, and which come back. Nobody else is
 * believed that: hints can be forged (INVARIANTS 13). Looked at once a second, on an event loop.
 */
final class DiskReports {
  private static final Logger LOG = LoggerFactory.getLogger(DiskReports.class);
  private static final long INTERVAL_MS = 1_000;
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final SelfNode self;
  private final ClusterViews views;
  private final MetadataStore metadata;
  private final DiskWatch watch;
  private final Vertx vertx;
  private volatile boolean stopped;

  DiskReports(
      SelfNode self, ClusterViews views, MetadataStore metadata, DiskWatch watch, Vertx vertx) {
    this.self = self;
    this.views = views;
    this.metadata = metadata;
    this.watch = watch;
    this.vertx = vertx;
  }

  /** Ends with the Vert.x, or when it is stopped. */
  void start() {
    vertx.setTimer(INTERVAL_MS, timer -> look());
  }

  void stop() {
    stopped = true;
  }

  private void look() {
    if (stopped) {
      return;
    }
    report(views.current())
        .onTermination()
        .invoke(this::start)
        .subscribe()
        .with(
            unused -> {},
            failure -> LOG.warn("the state of a disk could not be told: {}", failure.toString()));
  }

  private Uni<Void> report(ClusterView now) {
    NodeRecord own = now.nodes().get(self.name());
    if (own == null || !own.getIncarnation().equals(self.incarnation())) {
      return Uni.createFrom().voidItem();
    }
    Set<String> out =
        own.getDisksList().stream()
            .filter(DiskRecord::getRetired)
            .map(DiskRecord::getId)
            .collect(Collectors.toSet());
    Set<String> wanted = watch.look(out);
    List<Uni<Void>> changes = new ArrayList<>();
    for (DiskRecord disk : own.getDisksList()) {
      boolean retired = wanted.contains(disk.getId());
      if (retired != disk.getRetired()) {
        changes.add(change(disk.getId(), retired));
      }
    }
    return changes.isEmpty()
        ? Uni.createFrom().voidItem()
        : Uni.join().all(changes).andCollectFailures().replaceWithVoid();
  }

  private Uni<Void> change(String disk, boolean retired) {
    if (retired) {
      LOG.error("disk {} took no writes for too long: others take over what it has", disk);
    } else {
      LOG.info("disk {} takes writes again, and takes its share", disk);
    }
    return metadata
        .submit(
            MetadataStore.ROOT_SHARD,
            Command.newBuilder()
                .setSetDiskState(
                    SetDiskState.newBuilder()
                        .setNode(self.name())
                        .setIncarnation(self.incarnation())
                        .setDisk(disk)
                        .setRetired(retired))
                .build(),
            DEADLINE)
        .invoke(views::lookAgain)
        .replaceWithVoid();
  }
}
