package io.sluice.load.consistency;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The writes of unknown outcome that were sent so far, and how a register can get by them from one
 * state to another. Only shortest ways are given: what is not needed may as well happen later.
 */
final class UnknownWrites {

  private final List<Operation> writes = new ArrayList<>();
  private final Map<Long, List<Integer>> byValue = new HashMap<>();
  private final Set<Long> observed;

  /** {@code observed}: the values that some operation saw or named in a condition. */
  UnknownWrites(Set<Long> observed) {
    this.observed = observed;
  }

  void add(Operation operation) {
    byValue.computeIfAbsent(operation.value(), v -> new ArrayList<>(1)).add(writes.size());
    writes.add(operation);
  }

  /**
   * Where {@code from} can get so that {@code next}, which is impossible there, becomes possible.
   */
  List<Configuration> before(Operation next, Configuration from) {
    if (next.outcome() == Operation.Outcome.REFUSED) {
      return others(from);
    }
    return switch (next.kind()) {
      case READ -> reaching(next.value(), from);
      case SWAP -> reaching(next.expected(), from);
      case CREATE -> reaching(Operation.ABSENT, from);
      case WRITE -> List.of();
    };
  }

  /**
   * Any state but this one; a longer way is a short one and something that can come later. Of
   * writes whose value nobody saw one is as good as another, and always taking the first keeps what
   * was used comparable.
   */
  private List<Configuration> others(Configuration from) {
    List<Configuration> reached = new ArrayList<>();
    Set<Alike> taken = new HashSet<>();
    for (int i = 0; i < writes.size(); i++) {
      Operation write = writes.get(i);
      long state = write.apply(from.state());
      if (from.hasUsed(i) || state == Operation.IMPOSSIBLE || state == from.state()) {
        continue;
      }
      boolean told = write.value() != Operation.ABSENT && observed.contains(write.value());
      if (told || taken.add(new Alike(write.kind(), write.value() == Operation.ABSENT))) {
        reached.add(from.using(i, state));
      }
    }
    return reached;
  }

  /** Writes that differ in nothing that anybody saw. */
  private record Alike(Operation.Kind kind, boolean delete) {}

  /** Values are written once, so that the way to one is followed back from its only writer. */
  private List<Configuration> reaching(long state, Configuration from) {
    List<Configuration> reached = new ArrayList<>();
    for (int i : byValue.getOrDefault(state, List.of())) {
      if (from.hasUsed(i)) {
        continue;
      }
      Operation last = writes.get(i);
      if (last.isBlind()) {
        reached.add(from.using(i, state));
        break;
      }
      long needed = last.kind() == Operation.Kind.CREATE ? Operation.ABSENT : last.expected();
      List<Configuration> starts = from.state() == needed ? List.of(from) : reaching(needed, from);
      for (Configuration start : starts) {
        reached.add(start.using(i, state));
      }
    }
    return reached;
  }
}
