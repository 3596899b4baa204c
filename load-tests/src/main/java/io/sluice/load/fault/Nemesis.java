package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.crash.LoadedStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/** Does faults to a cluster, one at a time, and waits for it to recover. For one thread. */
public final class Nemesis {

  private final ClusterProcess cluster;
  private final List<Fault> possible = new ArrayList<>();
  private final List<Recovery> recoveries = new ArrayList<>();
  private final Random random;
  private final Duration longest;
  private final Duration recoveryLimit;

  /**
   * A fault that is over.
   *
   * @param ready from its end until every gateway was ready
   * @param whole from its end until every partition had all of its copies
   */
  public record Recovery(
      String fault, String description, Duration held, Duration ready, Duration whole) {

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%-18s %4.1f s held, ready after %5.1f s, whole after %5.1f s  (%s)",
          fault,
          seconds(held),
          seconds(ready),
          seconds(whole),
          description);
    }

    private static double seconds(Duration time) {
      return time.toMillis() / 1000.0;
    }
  }

  Nemesis(
      ClusterProcess cluster,
      List<Fault> faults,
      Random random,
      Duration longest,
      Duration recoveryLimit) {
    this.cluster = cluster;
    this.random = random;
    this.longest = longest;
    this.recoveryLimit = recoveryLimit;
    for (Fault fault : faults) {
      Optional<String> why = fault.unavailable(cluster);
      if (why.isEmpty()) {
        possible.add(fault);
      } else {
        System.out.println("skipped: " + fault.name() + ": " + why.get());
      }
    }
  }

  /** The names of the faults that can be done, in an order of their own. */
  List<Fault> shuffled() {
    List<Fault> order = new ArrayList<>(possible);
    Collections.shuffle(order, random);
    return order;
  }

  /** Any of the faults that can be done; empty when there is none. */
  public Optional<Recovery> strikeAny() throws IOException {
    return possible.isEmpty()
        ? Optional.empty()
        : Optional.of(strike(possible.get(random.nextInt(possible.size()))));
  }

  /**
   * Does that fault, and waits until all is well again.
   *
   * @throws IOException when it is not in time
   */
  Recovery strike(Fault fault) throws IOException {
    long start = System.nanoTime();
    Fault.Occurrence occurrence = fault.begin(cluster, random);
    try {
      Duration shorter = fault.duration().compareTo(longest) < 0 ? fault.duration() : longest;
      LoadedStore.pause(shorter.toMillis() / 1000.0);
    } finally {
      occurrence.end();
    }
    long over = System.nanoTime();
    Duration held = Duration.ofNanos(over - start);
    try {
      cluster.awaitReady(recoveryLimit);
      Duration ready = Duration.ofNanos(System.nanoTime() - over);
      cluster.awaitWhole(recoveryLimit);
      Duration whole = Duration.ofNanos(System.nanoTime() - over);
      Recovery recovery = new Recovery(fault.name(), occurrence.description(), held, ready, whole);
      recoveries.add(recovery);
      return recovery;
    } catch (IOException e) {
      throw new IOException(
          "no recovery from "
              + fault.name()
              + " ("
              + occurrence.description()
              + "): "
              + e.getMessage(),
          e);
    }
  }

  /** Everything that was done and recovered from. */
  public List<Recovery> recoveries() {
    return List.copyOf(recoveries);
  }
}
