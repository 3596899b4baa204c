package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess.Preparation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All faults there are, by name. */
final class Faults {

  static final List<Fault> ALL =
      List.of(
          new KillFault(KillFault.Target.ANY),
          new KillFault(KillFault.Target.LEADER),
          new KillAllFault(),
          new PauseFault(PauseFault.Target.ANY, Duration.ofSeconds(30)),
          new PauseFault(PauseFault.Target.LEADER, Duration.ofSeconds(30)),
          new PartitionFault(PartitionFault.Form.SYMMETRIC),
          new PartitionFault(PartitionFault.Form.ASYMMETRIC),
          new PartitionFault(PartitionFault.Form.LEADER),
          new SlowLinkFault(),
          new DiskFault(DiskFault.Form.FULL),
          new DiskFault(DiskFault.Form.SLOW),
          new BitRotFault(),
          new LostIndexFault(),
          new ClockJumpFault());

  private Faults() {}

  /**
   * The named ones, in that order; {@code all} names every one.
   *
   * @throws IllegalArgumentException when a name is not known
   */
  static List<Fault> named(List<String> names) {
    List<Fault> chosen = new ArrayList<>();
    for (String name : names) {
      if (name.equals("all")) {
        chosen.addAll(ALL);
        continue;
      }
      chosen.add(
          ALL.stream()
              .filter(fault -> fault.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "no fault is called '" + name + "'; there are: " + names())));
    }
    return chosen;
  }

  static String names() {
    return ALL.stream().map(Fault::name).collect(Collectors.joining(", "));
  }

  static Set<Preparation> preparations(List<Fault> faults) {
    Set<Preparation> needed = EnumSet.noneOf(Preparation.class);
    faults.forEach(fault -> needed.addAll(fault.preparations()));
    return needed;
  }
}
