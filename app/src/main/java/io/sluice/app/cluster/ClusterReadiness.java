package io.sluice.app.cluster;

import io.sluice.gateway.http.Readiness;
import io.sluice.gateway.placement.Topology;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a cluster can serve, as seen from this node: every shard answers, there is a layout, and
 * some partition can be written. Looked at about once a second, on an event loop.
 */
final class ClusterReadiness {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterReadiness.class);
  private static final long INTERVAL_MS = 1_000;
  private static final long INTERVAL_STARTING_MS = 100;
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);
  private static final Readiness REMOVED =
      new Readiness(
          false,
          "this node was removed from the cluster: stop it; with empty directories it joins as a new"
              + " one");
  private static final Query STATUS =
      Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();

  private final MetadataStore metadata;
  private final Topology topology;
  private final BooleanSupplier removed;
  private final Vertx vertx;
  private final Promise<Void> ready = Promise.promise();
  private volatile Readiness newest = new Readiness(false, "starting");
  private volatile boolean stopped;

  /**
   * @param removed whether this node was retired while it ran
   */
  ClusterReadiness(
      MetadataStore metadata, Topology topology, BooleanSupplier removed, Vertx vertx) {
    this.metadata = metadata;
    this.topology = topology;
    this.removed = removed;
    this.vertx = vertx;
  }

  void start() {
    look();
  }

  void stop() {
    stopped = true;
    newest = new Readiness(false, "stopping");
  }

  Readiness newest() {
    return newest;
  }

  /** Completes when it was ready for the first time. */
  io.vertx.core.Future<Void> firstReady() {
    return ready.future();
  }

  private void look() {
    if (stopped) {
      return;
    }
    List<Uni<Integer>> shards = new ArrayList<>();
    IntStream.range(0, metadata.shardCount()).forEach(shard -> shards.add(silent(shard)));
    Uni.join().all(shards).andFailFast().subscribe().with(this::seen, this::failed);
  }

  /** Minus one if the shard answers, else its number. */
  private Uni<Integer> silent(int shard) {
    return metadata
        .query(shard, STATUS, ANSWER_LIMIT)
        .map(answer -> -1)
        .onFailure()
        .recoverWithItem(shard);
  }

  private void failed(Throwable failure) {
    show(new Readiness(false, String.valueOf(failure.getMessage())));
  }

  private void seen(List<Integer> silent) {
    if (removed.getAsBoolean()) {
      show(REMOVED);
      return;
    }
    int worst = silent.stream().max(Integer::compare).orElse(-1);
    if (worst >= 0) {
      show(new Readiness(false, "metadata shard " + worst + " does not answer"));
    } else {
      show(disks(topology.layout()));
    }
  }

  private Readiness disks(Layout layout) {
    if (layout.version() == 0) {
      return new Readiness(false, "there is no layout yet");
    }
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      if (takesWrites(layout.replicasOf(partition)) && takesWrites(layout.targetOf(partition))) {
        return Readiness.READY;
      }
    }
    return new Readiness(false, "no partition has a quorum of disks that take writes");
  }

  private boolean takesWrites(List<String> disks) {
    long writable =
        disks.stream()
            .map(topology::replica)
            .filter(replica -> replica != null && replica.state() == ChunkReplica.State.WRITABLE)
            .count();
    return disks.isEmpty() || writable >= Layout.quorumOf(disks.size());
  }

  private void show(Readiness found) {
    if (stopped) {
      return;
    }
    boolean was = newest.ready();
    newest = found;
    boolean starting = !ready.future().isComplete();
    if (was && !found.ready()) {
      LOG.warn("not ready: {}", found.reason());
    } else if (!was && found.ready() && !starting) {
      LOG.info("ready again");
    }
    if (found.ready()) {
      ready.tryComplete();
    }
    vertx.setTimer(
        starting && !found.ready() ? INTERVAL_STARTING_MS : INTERVAL_MS, timer -> look());
  }
}
