package io.sluice.app.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.InMemoryReplica;
import io.sluice.testkit.TestClock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DiskWatchTest {
  private final TestClock clock = new TestClock();
  private final InMemoryReplica disk = new InMemoryReplica("d");
  private final DiskWatch watch =
      new DiskWatch(List.of(disk), Duration.ofMinutes(10), clock::nanos);

  @Test
  void look_fullForLongerThanTheLimit_isOut() {
    disk.full(true);
    assertThat(watch.look(Set.of())).isEmpty();
    clock.pass(Duration.ofMinutes(9));
    assertThat(watch.look(Set.of())).isEmpty();
    clock.pass(Duration.ofMinutes(1));
    assertThat(watch.look(Set.of())).containsExactly("d");
  }

  @Test
  void look_wellInBetween_startsAnew() {
    disk.full(true);
    watch.look(Set.of());
    clock.pass(Duration.ofMinutes(9));
    disk.full(false);
    watch.look(Set.of());
    disk.down(true);
    clock.pass(Duration.ofMinutes(9));
    assertThat(watch.look(Set.of())).isEmpty();
  }

  @Test
  void look_failedThenFull_isOneTimeWithoutWrites() {
    disk.down(true);
    watch.look(Set.of());
    clock.pass(Duration.ofMinutes(6));
    disk.down(false);
    disk.full(true);
    watch.look(Set.of());
    clock.pass(Duration.ofMinutes(4));
    assertThat(watch.look(Set.of())).containsExactly("d");
  }

  @Test
  void look_outAndWell_isBackAfterAWhile() {
    assertThat(watch.look(Set.of("d"))).containsExactly("d");
    clock.pass(Duration.ofMinutes(1));
    assertThat(watch.look(Set.of("d"))).isEmpty();
  }

  /** After a restart it is out at once if the cluster has it as out. */
  @Test
  void look_outAndStillIll_staysOut() {
    disk.full(true);
    assertThat(watch.look(Set.of("d"))).containsExactly("d");
  }
}
