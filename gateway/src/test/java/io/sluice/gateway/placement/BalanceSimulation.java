package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Disks in simulated time: each serves one chunk after another, and chunks arrive at random
 * moments. What chooses is the real thing, with its scoreboard and weights.
 */
final class BalanceSimulation implements Topology {
  private static final int CHUNK_BYTES = 4 << 20;

  /** A disk. */
  static final class Disk implements ChunkReplica {
    private final String id;
    private final double weight;
    private final double serviceMs;
    private final double failing;
    private final State state;
    private double freeAtMs;
    private int waiting;
    private int chosen;

    /**
     * @param serviceMs what it takes for a chunk
     * @param failing the share of chunks that it fails to write
     */
    Disk(String id, double weight, double serviceMs, double failing, State state) {
      this.id = id;
      this.weight = weight;
      this.serviceMs = serviceMs;
      this.failing = failing;
      this.state = state;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public State state() {
      return state;
    }

    @Override
    public Load load() {
      return new Load(waiting, (long) waiting * CHUNK_BYTES, 1L << 40, 1L << 39);
    }

    @Override
    public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> delete(List<ChunkId> ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> raiseLayoutVersion(long version) {
      throw new UnsupportedOperationException();
    }
  }

  private record Answer(double atMs, double tookMs, Disk disk, boolean good) {}

  private final List<Disk> disks;
  private final Layout layout;
  private final Random random = new Random(42);
  private final ReplicaScoreboard scores;
  private double nowMs;

  /** One replica a partition, so that a disk's share is the policy's choice alone. */
  BalanceSimulation(List<Disk> disks) {
    this.disks = disks;
    List<List<String>> sets = new ArrayList<>();
    for (int p = 0; p < Layout.PARTITIONS; p++) {
      sets.add(List.of(disks.get(p % disks.size()).id()));
    }
    this.layout = new Layout(1, 1, sets);
    this.scores = new ReplicaScoreboard(() -> (long) (nowMs * 1e6));
  }

  /**
   * Lets chunks arrive.
   *
   * @return for each disk its share of them
   */
  double[] run(BalancePolicy policy, int chunks, double chunksPerMs) {
    PartitionWeights weights = new PartitionWeights(this, () -> Instant.ofEpochMilli((long) nowMs));
    PriorityQueue<Answer> answers =
        new PriorityQueue<>((a, b) -> Double.compare(a.atMs(), b.atMs()));
    double arrivalMs = 0;
    for (int i = 0; i < chunks; i++) {
      arrivalMs += -Math.log(1 - random.nextDouble()) / chunksPerMs;
      while (!answers.isEmpty() && answers.peek().atMs() <= arrivalMs) {
        answer(answers.remove());
      }
      nowMs = arrivalMs;
      int partition =
          PartitionCandidates.choose(layout, this, scores, weights, policy, random.nextLong());
      answers.add(give(disks.get(partition % disks.size())));
    }
    return disks.stream().mapToDouble(disk -> (double) disk.chosen / chunks).toArray();
  }

  private Answer give(Disk disk) {
    disk.chosen++;
    disk.waiting++;
    boolean good = random.nextDouble() >= disk.failing;
    double service = disk.serviceMs * (0.5 + random.nextDouble());
    disk.freeAtMs = Math.max(nowMs, disk.freeAtMs) + service;
    return new Answer(disk.freeAtMs, disk.freeAtMs - nowMs, disk, good);
  }

  private void answer(Answer answer) {
    nowMs = answer.atMs();
    answer.disk().waiting--;
    if (answer.good()) {
      scores.answered(answer.disk().id(), (long) (answer.tookMs() * 1e6));
    } else {
      scores.failed(answer.disk().id());
    }
  }

  @Override
  public Layout layout() {
    return layout;
  }

  @Override
  public Future<Layout> lookAgain() {
    return Future.succeededFuture(layout);
  }

  @Override
  public @Nullable ChunkReplica replica(String replicaId) {
    return disks.stream().filter(disk -> disk.id().equals(replicaId)).findAny().orElse(null);
  }

  @Override
  public double weight(String replicaId) {
    return disks.stream().filter(d -> d.id().equals(replicaId)).findAny().orElseThrow().weight;
  }

  @Override
  public boolean isLocal(String replicaId) {
    return false;
  }
}
