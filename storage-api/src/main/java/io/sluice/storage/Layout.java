package io.sluice.storage;

import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.ReplicaSet;
import java.util.ArrayList;
import java.util.List;

/**
 * Which replicas hold which partition: a versioned, immutable map, the same on every node that
 * knows the version.
 *
 * <p>While a partition moves it has two sets: {@code partitions} has the one that holds everything
 * acknowledged, {@code targets} the one that will. Writes go to both and need a majority of each,
 * so that neither a step forward nor one back loses anything (INVARIANTS 4).
 *
 * @param version grows by one with each change
 * @param replicas copies of each chunk that are aimed at, at least 1
 * @param partitions for each partition the ids of its replicas, best first
 * @param targets for each partition the replicas it will have, best first; empty for one that does
 *     not move
 * @param spreading whether partitions are to be spread over all disks until they are even: only
 *     some of them move at a time, and whoever keeps the layout next goes on with the others
 */
public record Layout(
    long version,
    int replicas,
    List<List<String>> partitions,
    List<List<String>> targets,
    boolean spreading) {
  /** Partitions of a pool; fixed when the cluster is created. */
  public static final int PARTITIONS = 256;

  public Layout {
    partitions = partitions.stream().map(List::copyOf).toList();
    targets = targets.stream().map(List::copyOf).toList();
    if (targets.size() != partitions.size()) {
      throw new IllegalArgumentException(
          targets.size() + " targets for " + partitions.size() + " partitions");
    }
  }

  /** A layout that is not being spread over more disks. */
  public Layout(
      long version, int replicas, List<List<String>> partitions, List<List<String>> targets) {
    this(version, replicas, partitions, targets, false);
  }

  /** A layout in which nothing moves. */
  public Layout(long version, int replicas, List<List<String>> partitions) {
    this(version, replicas, partitions, partitions.stream().map(p -> List.<String>of()).toList());
  }

  /** Reads what {@link #toRecord} wrote. */
  public static Layout of(LayoutRecord record) {
    List<ReplicaSet> sets = record.getPartitionsList();
    return new Layout(
        record.getVersion(),
        record.getReplicas(),
        sets.stream().map(set -> List.copyOf(set.getReplicasList())).toList(),
        sets.stream().map(set -> List.copyOf(set.getTargetList())).toList(),
        record.getSpreading());
  }

  /** As the metadata keeps it. */
  public LayoutRecord toRecord() {
    LayoutRecord.Builder record =
        LayoutRecord.newBuilder().setVersion(version).setReplicas(replicas).setSpreading(spreading);
    for (int i = 0; i < partitions.size(); i++) {
      record.addPartitions(
          ReplicaSet.newBuilder().addAllReplicas(partitions.get(i)).addAllTarget(targets.get(i)));
    }
    return record.build();
  }

  /** The same, being spread or not. */
  public Layout spreading(boolean goesOn) {
    return goesOn == spreading ? this : new Layout(version, replicas, partitions, targets, goesOn);
  }

  /** Ids of the replicas of a partition that have everything, best first. */
  public List<String> replicasOf(int partition) {
    return partitions.get(partition);
  }

  /** Ids of the replicas a partition moves to, best first; empty when it does not move. */
  public List<String> targetOf(int partition) {
    return targets.get(partition);
  }

  public boolean isMoving(int partition) {
    return !targets.get(partition).isEmpty();
  }

  /** Everyone who may have a chunk of a partition: its replicas, then those it moves to. */
  public List<String> holdersOf(int partition) {
    List<String> target = targets.get(partition);
    if (target.isEmpty()) {
      return partitions.get(partition);
    }
    List<String> all = new ArrayList<>(partitions.get(partition));
    target.stream().filter(id -> !all.contains(id)).forEach(all::add);
    return List.copyOf(all);
  }

  /** How many of so many replicas must have a chunk before it counts as written: a majority. */
  public static int quorumOf(int replicas) {
    return replicas / 2 + 1;
  }
}
