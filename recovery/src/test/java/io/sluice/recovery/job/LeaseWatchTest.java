package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BackupJob;
import io.sluice.testkit.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseWatchTest {
  /** As a job is that was written before leases said how long they last. */
  @Test
  void isFree_leaseOfUntoldLength_isThirtySeconds() {
    TestClock clock = new TestClock();
    LeaseWatch watch = new LeaseWatch(clock::nanos);
    BackupJob job = BackupJob.newBuilder().setRunId("run").setOwner("n1").build();
    assertThat(watch.isFree("disk", job)).isFalse();
    clock.pass(Duration.ofSeconds(29));
    assertThat(watch.isFree("disk", job)).isFalse();
    clock.pass(Duration.ofSeconds(1));
    assertThat(watch.isFree("disk", job)).isTrue();
  }
}
