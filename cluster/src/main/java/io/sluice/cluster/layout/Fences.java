package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkReplica;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which disks refuse writers that know only an older layout. Before a partition's contents are
 * listed, so many of those that acknowledge its writes must that the others are no majority, and
 * everyone who can be reached and takes writes: else a write under the old layout could be
 * acknowledged after the lists were taken, by replicas that are about to be dropped (INVARIANTS 4).
 */
final class Fences {
  private static final Logger LOG = LoggerFactory.getLogger(Fences.class);

  private final Function<String, @Nullable ChunkReplica> replicas;
  private final Duration callLimit;
  private final Map<String, Long> raised = new ConcurrentHashMap<>();

  Fences(Function<String, @Nullable ChunkReplica> replicas, Duration callLimit) {
    this.replicas = replicas;
    this.callLimit = callLimit;
  }

  /**
   * Raises the fence of everyone that holds something of the partitions that move; never fails. No
   * higher than their moves need: writers who know a later layout than that are not to be turned
   * away whenever another partition has arrived.
   *
   * @param since for each partition that moves the layout that began it
   */
  Uni<Void> raise(Layout layout, Map<Integer, Long> since) {
    Map<String, Long> needed = new LinkedHashMap<>();
    since.forEach(
        (partition, version) ->
            layout.holdersOf(partition).forEach(disk -> needed.merge(disk, version, Math::max)));
    List<Uni<Void>> calls = new ArrayList<>();
    needed.forEach(
        (disk, version) -> {
          if (!isRaised(disk, version) && reachable(disk)) {
            calls.add(raise(disk, version));
          }
        });
    return calls.isEmpty()
        ? Uni.createFrom().voidItem()
        : Uni.join().all(calls).andFailFast().replaceWithVoid();
  }

  private Uni<Void> raise(String disk, long version) {
    return VertxUni.of(
            () -> {
              ChunkReplica replica = replicas.apply(disk);
              if (replica == null) {
                throw new IllegalStateException("not reachable any more");
              }
              return replica.raiseLayoutVersion(version);
            })
        .ifNoItem()
        .after(callLimit)
        .fail()
        .invoke(() -> raised.merge(disk, version, Math::max))
        .onFailure()
        .invoke(failure -> LOG.debug("Disk {} did not take layout {}", disk, version, failure))
        .onFailure()
        .recoverWithNull();
  }

  /** Whether nothing can be written to a partition any more under a layout before this one. */
  boolean closes(Layout layout, int partition, long version) {
    List<String> old = layout.replicasOf(partition);
    long closed = old.stream().filter(disk -> isRaised(disk, version)).count();
    boolean everyoneWritable =
        layout.holdersOf(partition).stream()
            .allMatch(disk -> isRaised(disk, version) || !takesWrites(disk));
    // Of two replicas one is enough, and may be the only one that is left.
    return old.size() - closed < Layout.quorumOf(old.size()) && everyoneWritable;
  }

  /** A full disk may not be able to note the version either, and refuses all writers anyway. */
  private boolean takesWrites(String disk) {
    ChunkReplica replica = replicas.apply(disk);
    return replica != null && replica.state() == ChunkReplica.State.WRITABLE;
  }

  private boolean isRaised(String disk, long version) {
    return raised.getOrDefault(disk, 0L) >= version;
  }

  private boolean reachable(String disk) {
    ChunkReplica replica = replicas.apply(disk);
    return replica != null && replica.state() != ChunkReplica.State.FAILED;
  }
}
