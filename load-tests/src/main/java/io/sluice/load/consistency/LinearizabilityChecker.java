package io.sluice.load.consistency;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides whether the history of one key is that of a linearizable register with conditional
 * writes, by just-in-time linearization (G. Lowe, "Testing for linearizability", 2017): Wing and
 * Gong's search, taken breadth first along the history. It keeps every {@link Configuration} that
 * is possible so far, each once, and when an operation returns, linearizes whatever pending
 * operations must come before it. No configuration left means that no order of the operations
 * explains what the clients saw.
 *
 * <p>What only observes (a read, or a write that was refused) is linearized as soon as the state is
 * the one it saw: it changes nothing, so that nothing is gained by waiting. Only writes that are
 * under way together make the configurations many.
 *
 * <p>Operations of unknown outcome never return, so that they would double the configurations each.
 * Two observations keep them few. One is linearized only directly before an operation that needs
 * its effect: anywhere else it may as well come later, or never. And of two configurations with the
 * same state and the same pending operations, the one that used fewer of them can do all that the
 * other can, which is dropped.
 *
 * <p>Not thread-safe.
 */
final class LinearizabilityChecker {

  /** Beyond this a history is reported as undecided. */
  private static final int CONFIGURATIONS_MAX = 100_000;

  private static final int CONTEXT_OPERATIONS = 12;

  /** What a check found. */
  enum Verdict {
    LINEARIZABLE,
    VIOLATION,
    /** The search became too large; neither is known. */
    UNDECIDED
  }

  /** A verdict and, unless it is the good one, what led to it. */
  record Result(Verdict verdict, String explanation) {}

  private record Event(long time, boolean isReturn, Operation operation, int number) {}

  private final List<Operation> operations;
  private final Operation[] pending = new Operation[Long.SIZE];
  private final int[] slots;
  private final UnknownWrites unknown;
  private long busySlots;
  private Frontier frontier = new Frontier();

  private LinearizabilityChecker(List<Operation> operations) {
    this.operations = operations;
    this.slots = new int[operations.size()];
    this.unknown = new UnknownWrites(observedValues(operations));
  }

  /**
   * Checks the operations on one key, in any order, of which at most 64 were under way at a time.
   * The key was absent before the first.
   */
  static Result check(List<Operation> operations) {
    return new LinearizabilityChecker(operations).run();
  }

  private Result run() {
    frontier.add(new Configuration(Operation.ABSENT, 0, new BitSet()));
    for (Event event : events()) {
      if (!event.isReturn()) {
        invoke(event);
        continue;
      }
      int slot = slots[event.number()];
      if (!linearize(slot)) {
        return new Result(Verdict.UNDECIDED, "too many possible orders at " + event.operation());
      }
      busySlots &= ~(1L << slot);
      if (frontier.isEmpty()) {
        return new Result(Verdict.VIOLATION, explain(event));
      }
    }
    return new Result(Verdict.LINEARIZABLE, "");
  }

  private static Set<Long> observedValues(List<Operation> operations) {
    return operations.stream()
        .filter(o -> o.kind() == Operation.Kind.READ || o.kind() == Operation.Kind.SWAP)
        .map(o -> o.kind() == Operation.Kind.READ ? o.value() : o.expected())
        .collect(Collectors.toSet());
  }

  /** Invocations before returns of the same time: what touches is taken as concurrent. */
  private List<Event> events() {
    List<Event> events = new ArrayList<>(operations.size() * 2);
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      events.add(new Event(operation.invoked(), false, operation, i));
      if (!operation.isUnknown()) {
        events.add(new Event(operation.returned(), true, operation, i));
      }
    }
    events.sort(Comparator.comparingLong(Event::time).thenComparing(Event::isReturn));
    return events;
  }

  private void invoke(Event event) {
    if (event.operation().isUnknown()) {
      unknown.add(event.operation());
      return;
    }
    int slot = Long.numberOfTrailingZeros(~busySlots);
    if (slot == Long.SIZE) {
      throw new IllegalArgumentException("more than 64 operations at a time");
    }
    busySlots |= 1L << slot;
    pending[slot] = event.operation();
    slots[event.number()] = slot;
  }

  /**
   * Goes on to all configurations in which the operation of that slot has taken effect, and has
   * left; false when there are too many to tell.
   */
  private boolean linearize(int returning) {
    Frontier done = new Frontier();
    Frontier seen = new Frontier();
    Deque<Configuration> open = new ArrayDeque<>();
    for (Configuration configuration : frontier.all()) {
      visit(configuration, seen, open);
    }
    while (!open.isEmpty()) {
      if (seen.size() > CONFIGURATIONS_MAX) {
        return false;
      }
      Configuration from = open.remove();
      if (from.hasDone(returning)) {
        done.add(from.without(returning));
        continue;
      }
      for (long left = busySlots & ~from.done(); left != 0; left &= left - 1) {
        int slot = Long.numberOfTrailingZeros(left);
        for (Configuration to : after(from, slot)) {
          visit(to, seen, open);
        }
      }
    }
    frontier = done;
    return true;
  }

  private void visit(Configuration reached, Frontier seen, Deque<Configuration> open) {
    Configuration settled = observed(reached);
    if (seen.add(settled)) {
      open.add(settled);
    }
  }

  /** With every pending observation that fits the state. */
  private Configuration observed(Configuration reached) {
    Configuration with = reached;
    for (long left = busySlots & ~reached.done(); left != 0; left &= left - 1) {
      int slot = Long.numberOfTrailingZeros(left);
      if (pending[slot].isObservation()
          && pending[slot].apply(reached.state()) == reached.state()) {
        with = with.with(slot, reached.state());
      }
    }
    return with;
  }

  /** {@code from} with the operation of that slot done, where needed after unknown ones. */
  private List<Configuration> after(Configuration from, int slot) {
    long direct = pending[slot].apply(from.state());
    if (direct != Operation.IMPOSSIBLE) {
      return List.of(from.with(slot, direct));
    }
    List<Configuration> reached = new ArrayList<>();
    for (Configuration start : unknown.before(pending[slot], from)) {
      reached.add(start.with(slot, pending[slot].apply(start.state())));
    }
    return reached;
  }

  private String explain(Event event) {
    StringBuilder text = new StringBuilder("no order explains ").append(event.operation());
    text.append("; before it, and at the same time:");
    operations.stream()
        .filter(o -> o.invoked() <= event.time() && !o.equals(event.operation()))
        .sorted(Comparator.comparingLong(Operation::invoked).reversed())
        .limit(CONTEXT_OPERATIONS)
        .sorted(Comparator.comparingLong(Operation::invoked))
        .forEach(o -> text.append("\n    ").append(o));
    return text.toString();
  }
}
