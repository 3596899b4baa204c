package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.ClusterProcess.Preparation;
import io.sluice.load.cluster.FakeClock;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** The wall clock of one node jumps by ten minutes, and back: less than makes requests too old. */
record ClockJumpFault() implements Fault {

  private static final Duration JUMP = Duration.ofMinutes(10);

  @Override
  public String name() {
    return "clock-jump";
  }

  @Override
  public Set<Preparation> preparations() {
    return Set.of(Preparation.CLOCKS);
  }

  @Override
  public Optional<String> unavailable(ClusterProcess cluster) {
    return cluster.clock(1).isPresent()
        ? Optional.empty()
        : Optional.of(
            "there is no C compiler to make a clock that jumps (Debian: apt-get install gcc libc6-dev)");
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node = Victims.any(cluster, random);
    FakeClock clock = cluster.clock(node.number()).orElseThrow();
    boolean ahead = random.nextBoolean();
    clock.jump(ahead ? JUMP : JUMP.negated());
    return Fault.occurrence(
        "clock of " + node.name() + " ten minutes " + (ahead ? "ahead" : "behind"),
        () -> clock.jump(Duration.ZERO));
  }
}
