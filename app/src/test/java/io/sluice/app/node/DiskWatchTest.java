package io.sluice.app.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.InMemoryReplica;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DiskWatchTest {
  private final AtomicLong now = new AtomicLong(5);
  private final InMemoryReplica disk = new InMemoryReplica("d");
  private final DiskWatch watch = new DiskWatch(List.of(disk), Duration.ofMinutes(10), now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void look_fullForLongerThanTheLimit_isOut() {
    disk.full(true);
    assertThat(watch.look(Set.of())).isEmpty();
    pass(Duration.ofMinutes(9));
    assertThat(watch.look(Set.of())).isEmpty();
    pass(Duration.ofMinutes(1));
    assertThat(watch.look(Set.of())).containsExactly("d");
  }

  @Test
  void look_wellInBetween_startsAnew() {
    disk.full(true);
    watch.look(Set.of());
    pass(Duration.ofMinutes(9));
    disk.full(false);
    watch.look(Set.of());
    disk.down(true);
    pass(Duration.ofMinutes(9));
    assertThat(watch.look(Set.of())).isEmpty();
  }

  @Test
  void look_failedThenFull_isOneTimeWithoutWrites() {
    disk.down(true);
    watch.look(Set.of());
    pass(Duration.ofMinutes(6));
    disk.down(false);
    disk.full(true);
    watch.look(Set.of());
    pass(Duration.ofMinutes(4));
    assertThat(watch.look(Set.of())).containsExactly("d");
  }

  @Test
  void look_outAndWell_isBackAfterAWhile() {
    assertThat(watch.look(Set.of("d"))).containsExactly("d");
    pass(Duration.ofMinutes(1));
    assertThat(watch.look(Set.of("d"))).isEmpty();
  }

  /** After a restart it is out at once if the cluster has it as out. */
  @Test
  void look_outAndStillIll_staysOut() {
    disk.full(true);
    assertThat(watch.look(Set.of("d"))).containsExactly("d");
  }
}
