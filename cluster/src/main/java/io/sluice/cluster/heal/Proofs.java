package io.sluice.cluster.heal;

import io.sluice.storage.Layout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which partitions are known to be whole on disks of this node, because a comparison was complete
 * and nothing has cast doubt on it since. Any thread.
 */
final class Proofs {
  /** The sets between which a partition is compared. */
  record Sets(List<String> replicas, List<String> target) {
    static Sets of(Layout layout, int partition) {
      return new Sets(layout.replicasOf(partition), layout.targetOf(partition));
    }
  }

  /** A move, and the layout that began it: the same sets may come again. */
  private record Asked(Sets sets, long since) {
    boolean covers(Sets others, long from) {
      return sets.equals(others) && since >= from;
    }
  }

  private final Map<Held, Sets> done = new ConcurrentHashMap<>();
  // For which move the keeper asked for a comparison.
  private final Map<Held, Asked> asked = new ConcurrentHashMap<>();
  // How often a comparison was found not to be enough: one that began before counts for nothing.
  private final Map<Held, Integer> doubts = new ConcurrentHashMap<>();

  /** It may lack something: comparisons that have begun so far prove nothing. */
  void doubt(Held held) {
    // In one with what a comparison does at its end, or its result could outlive the doubt.
    doubts.compute(
        held,
        (same, before) -> {
          done.remove(held);
          return before == null ? 1 : before + 1;
        });
  }

  /**
   * The layout's keeper asks for a comparison, once the old layout is closed. What was compared
   * before that may have missed a write that was acknowledged under it (INVARIANTS 4), and is in
   * doubt.
   *
   * @param since the version of the layout that began the move
   */
  void askedFor(Held held, Sets sets, long since) {
    Asked before = asked.get(held);
    if (before == null || !before.covers(sets, since)) {
      asked.put(held, new Asked(sets, since));
      doubt(held);
    }
  }

  /** How often there was doubt; to be told to {@link #compared} by a comparison that begins now. */
  @Nullable Integer doubts(Held held) {
    return doubts.get(held);
  }

  /** A comparison between these sets was complete; it counts if there was no doubt meanwhile. */
  void compared(Held held, Sets sets, @Nullable Integer doubtsBefore) {
    doubts.compute(
        held,
        (same, doubtsNow) -> {
          if (Objects.equals(doubtsBefore, doubtsNow)) {
            done.put(held, sets);
          }
          return doubtsNow;
        });
  }

  /** Whether it has everything that there is in these sets. */
  boolean isCompared(Held held, Sets sets) {
    return sets.equals(done.get(held));
  }

  /** It had everything as one of this set, or arrived with the whole of it. */
  boolean isProven(Held held, List<String> replicas) {
    Sets sets = done.get(held);
    return sets != null && (sets.replicas.equals(replicas) || sets.target.equals(replicas));
  }
}
