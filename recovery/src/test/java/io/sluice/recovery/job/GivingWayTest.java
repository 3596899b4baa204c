package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GivingWayTest {
  private static final Duration WORK = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final GivingWay clients = new GivingWay(requests::get, nanos::get, timers, PATIENCE);

  @AfterEach
  void end() {
    timers.shutdownNow();
  }

  @Test
  void around_noRequests_goesOnAtOnce() {
    assertThat(work().getItem()).isEqualTo("done");
  }

  @Test
  void around_requestsUnderWay_restsNineTimesAsLong() {
    requests.set(1);
    long begun = System.nanoTime();

    UniAssertSubscriber<String> working = work();

    working.assertNotTerminated();
    assertThat(working.awaitItem().getItem()).isEqualTo("done");
    assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(WORK.toNanos() * 9);
  }

  @Test
  void around_longPatienceIsOver_goesOnAtOnce() {
    requests.set(1);
    nanos.addAndGet(PATIENCE.toNanos());

    assertThat(work().getItem()).isEqualTo("done");
  }

  private UniAssertSubscriber<String> work() {
    return clients
        .around(
            () -> {
              nanos.addAndGet(WORK.toNanos());
              return Uni.createFrom().item("done");
            })
        .subscribe()
        .withSubscriber(UniAssertSubscriber.create());
  }
}
