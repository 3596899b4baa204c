package io.sluice.cluster.layout;

import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SyncAnswer;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Carries moves of partitions through: closes the old layout, has the new replicas fetch what the
 * old ones have, and says when they have it. One step at a time, by one thread after another.
 */
final class Moves {
  private final Fences fences;
  private final SyncChannel channel;
  private final Liveness liveness;
  private final Map<Integer, Seen> seen = new HashMap<>();
  private final Map<String, Long> bytesByNode = new ConcurrentHashMap<>();
  private long seenVersion;
  private volatile MoveProgress progress = new MoveProgress(0, 0, 0);

  /** The two sets of a partition, and the first layout in which they were seen. */
  private record Seen(List<String> replicas, List<String> target, long since) {}

  private record Item(String disk, int partition) {}

  Moves(Fences fences, SyncChannel channel, Liveness liveness) {
    this.fences = fences;
    this.channel = channel;
    this.liveness = liveness;
  }

  MoveProgress progress() {
    return progress;
  }

  /** Does what can be done now; gives the next layout when partitions have arrived, else null. */
  Uni<@Nullable Layout> step(ClusterView view) {
    Layout layout = view.layout();
    Set<Integer> moving = moving(layout);
    if (moving.isEmpty()) {
      progress = new MoveProgress(0, 0, bytesCopied());
      return Uni.createFrom().nullItem();
    }
    return fences
        .raise(layout, sinceOf(layout, moving))
        .chain(() -> ask(view, closed(layout, moving)))
        .map(done -> arrived(layout, moving, done));
  }

  /**
   * Notes since when each partition has had its two sets. To be called with each layout: between
   * two that were not seen one after the other a move may have been given up and begun again, and
   * what was closed or compared before that counts for nothing.
   */
  void see(Layout layout) {
    if (layout.version() > seenVersion + 1) {
      seen.clear();
    }
    seenVersion = layout.version();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      Seen before = seen.get(partition);
      if (!layout.isMoving(partition)) {
        seen.remove(partition);
      } else if (before == null
          || !before.replicas.equals(layout.replicasOf(partition))
          || !before.target.equals(layout.targetOf(partition))) {
        seen.put(
            partition,
            new Seen(layout.replicasOf(partition), layout.targetOf(partition), layout.version()));
      }
    }
  }

  private static Set<Integer> moving(Layout layout) {
    Set<Integer> moving = new HashSet<>();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      if (layout.isMoving(partition)) {
        moving.add(partition);
      }
    }
    return moving;
  }

  private List<Integer> closed(Layout layout, Set<Integer> moving) {
    List<Integer> closed = new ArrayList<>();
    for (int partition : moving) {
      if (fences.closes(layout, partition, since(partition, layout))) {
        closed.add(partition);
      }
    }
    return closed;
  }

  private Map<Integer, Long> sinceOf(Layout layout, Set<Integer> moving) {
    Map<Integer, Long> all = new TreeMap<>();
    moving.forEach(partition -> all.put(partition, since(partition, layout)));
    return all;
  }

  private long since(int partition, Layout layout) {
    Seen sets = seen.get(partition);
    return sets == null ? layout.version() : sets.since;
  }

  private Uni<Set<Item>> ask(ClusterView view, List<Integer> partitions) {
    Layout layout = view.layout();
    Map<String, SyncRequest.Builder> byNode = new HashMap<>();
    for (int partition : partitions) {
      for (String disk : layout.targetOf(partition)) {
        String node = view.nodeOfDisk().get(disk);
        if (node != null && liveness.isUp(node)) {
          byNode
              .computeIfAbsent(
                  node, unused -> SyncRequest.newBuilder().setLayoutVersion(layout.version()))
              .addItems(
                  SyncItem.newBuilder()
                      .setDisk(disk)
                      .setPartition(partition)
                      .setSince(since(partition, layout)));
        }
      }
    }
    Set<Item> done = ConcurrentHashMap.newKeySet();
    List<Uni<Void>> calls = new ArrayList<>();
    byNode.forEach(
        (name, request) -> {
          NodeRecord node = view.nodes().get(name);
          if (node != null) {
            calls.add(
                channel
                    .sync(node, request.build())
                    .invoke(answer -> note(name, answer, done))
                    .replaceWithVoid()
                    // One that can't be reached is asked again with the next step.
                    .onFailure()
                    .recoverWithNull());
          }
        });
    return calls.isEmpty()
        ? Uni.createFrom().item(done)
        : Uni.join().all(calls).andFailFast().replaceWith(done);
  }

  private void note(String node, SyncAnswer answer, Set<Item> done) {
    bytesByNode.put(node, answer.getFigures().getBytesCopied());
    answer.getDoneList().forEach(item -> done.add(new Item(item.getDisk(), item.getPartition())));
  }

  private @Nullable Layout arrived(Layout layout, Set<Integer> moving, Set<Item> done) {
    List<List<String>> replicas = new ArrayList<>(layout.partitions());
    List<List<String>> targets = new ArrayList<>(layout.targets());
    int waiting = 0;
    boolean any = false;
    for (int partition : moving) {
      List<String> target = layout.targetOf(partition);
      int p = partition;
      long left = target.stream().filter(disk -> !done.contains(new Item(disk, p))).count();
      if (left == 0) {
        replicas.set(partition, target);
        targets.set(partition, List.of());
        any = true;
      } else {
        waiting += Math.toIntExact(left);
      }
    }
    progress = new MoveProgress(moving.size(), waiting, bytesCopied());
    return any
        ? new Layout(layout.version() + 1, layout.replicas(), replicas, targets, layout.spreading())
        : null;
  }

  private long bytesCopied() {
    return bytesByNode.values().stream().mapToLong(Long::longValue).sum();
  }
}
