package io.sluice.metadata.raft;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;

/** Figures of the shards. Read when they are scraped, except the time of a commit. */
final class RaftMetrics {
  private final List<Timer> commits = new ArrayList<>();

  RaftMetrics(MeterRegistry meters, List<RaftShard> shards, ThreadPoolExecutor readers) {
    for (RaftShard shard : shards) {
      register(meters, shard);
    }
    Gauge.builder("sluice.metadata.reads.waiting", readers, pool -> pool.getQueue().size())
        .description("Metadata reads that wait for a worker")
        .register(meters);
    Gauge.builder("sluice.metadata.reads.waiting.limit", readers, RaftMetrics::capacity)
        .description("How many may wait")
        .register(meters);
  }

  private static double capacity(ThreadPoolExecutor pool) {
    return pool.getQueue().size() + pool.getQueue().remainingCapacity();
  }

  private void register(MeterRegistry meters, RaftShard shard) {
    Tags tags = Tags.of("shard", Integer.toString(shard.shard()));
    commits.add(
        Timer.builder("sluice.metadata.commit")
            .description("From a command's proposal to its outcome")
            .tags(tags)
            .register(meters));
    FunctionTimer.builder(
            "sluice.metadata.apply",
            shard.figures(),
            ApplyFigures::count,
            ApplyFigures::nanos,
            TimeUnit.NANOSECONDS)
        .description("Applying a command to the state")
        .tags(tags)
        .register(meters);
    gauge(meters, tags, shard, "sluice.metadata.pending", RaftShard::pendingCommands);
    gauge(
        meters,
        tags,
        shard,
        "sluice.metadata.pending.limit",
        peer -> peer.limits().pendingCommandsMax());
    gauge(meters, tags, shard, "sluice.metadata.pending.bytes", RaftShard::pendingBytes);
    gauge(
        meters,
        tags,
        shard,
        "sluice.metadata.pending.bytes.limit",
        peer -> peer.limits().pendingBytesMax());
    gauge(meters, tags, shard, "sluice.metadata.leader", peer -> peer.leadsAndIsReady() ? 1 : 0);
    gauge(meters, tags, shard, "sluice.metadata.log.committed", RaftMetrics::committed);
    gauge(
        meters,
        tags,
        shard,
        "sluice.metadata.log.applied",
        peer -> peer.state().applied().getIndex());
  }

  private static void gauge(
      MeterRegistry meters,
      Tags tags,
      RaftShard shard,
      String name,
      java.util.function.ToDoubleFunction<RaftShard> value) {
    Gauge.builder(name, shard, value).tags(tags).register(meters);
  }

  private static double committed(RaftShard shard) {
    RaftServer.Division division = shard.division();
    return division == null ? 0 : division.getRaftLog().getLastCommittedIndex();
  }

  void committed(int shard, long nanos) {
    commits.get(shard).record(nanos, TimeUnit.NANOSECONDS);
  }
}
