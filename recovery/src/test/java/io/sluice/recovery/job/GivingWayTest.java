package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GivingWayTest {
  private static final Duration WORK = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private final Timers timers = new Timers();
  private final GivingWay clients = new GivingWay(requests::get, nanos::get, timers, PATIENCE);

  @AfterEach
  void end() {
    timers.shutdownNow();
  }

  @Test
  void around_noRequests_goesOnAtOnce() {
    work();

    assertThat(work().getItem()).isEqualTo("done");
    assertThat(timers.delays).isEmpty();
  }

  @Test
  void around_oneRequest_nextRestsTwiceAsLong() {
    requests.set(1);
    assertThat(work().getItem()).isEqualTo("done");

    assertThat(restOfNext()).isEqualTo(WORK.multipliedBy(2));
  }

  @Test
  void around_manyRequests_nextRestsNineTimesAsLong() {
    requests.set(100);
    work();

    assertThat(restOfNext()).isEqualTo(WORK.multipliedBy(9));
  }

  @Test
  void around_severalAtATime_timeOfAllCountsOnce() {
    requests.set(100);
    work(
        () -> {
          work();
          return done();
        });

    // One ended a piece of work later than the other: so much of the rest is over.
    assertThat(restOfNext()).isEqualTo(WORK.multipliedBy(2 * 9 - 1));
  }

  @Test
  void around_workFails_nextRestsAllTheSame() {
    requests.set(1);
    work(() -> {
          nanos.addAndGet(WORK.toNanos());
          throw new IllegalStateException("failed");
        })
        .assertFailedWith(IllegalStateException.class);

    assertThat(restOfNext()).isEqualTo(WORK.multipliedBy(2));
  }

  @Test
  void around_rested_goesOn() {
    requests.set(1);
    work();

    UniAssertSubscriber<String> next = work();
    next.assertNotTerminated();
    nanos.addAndGet(WORK.multipliedBy(2).toNanos());
    timers.waiting.remove().run();

    assertThat(next.getItem()).isEqualTo("done");
  }

  @Test
  void around_clientsGoAwayInMidRest_goesOnAtTheNextLook() {
    requests.set(100);
    work(() -> done(Duration.ofMillis(900)));
    UniAssertSubscriber<String> next = work();

    assertThat(timers.delays.remove()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    timers.waiting.remove().run();
    next.assertNotTerminated();
    requests.set(0);
    timers.waiting.remove().run();

    assertThat(next.getItem()).isEqualTo("done");
  }

  @Test
  void around_placeWasSlow_restIsThatOfASecondOfWork() {
    requests.set(1);
    GivingWay patient = new GivingWay(requests::get, nanos::get, timers, Duration.ofHours(1));
    work(patient, () -> done(Duration.ofMinutes(3)));
    long worked = nanos.get();
    UniAssertSubscriber<String> next = work(patient, this::done);

    nanos.set(worked + Duration.ofMillis(1999).toNanos());
    timers.waiting.remove().run();
    next.assertNotTerminated();
    nanos.set(worked + Duration.ofSeconds(2).toNanos());
    timers.waiting.remove().run();

    assertThat(next.getItem()).isEqualTo("done");
  }

  @Test
  void around_longPatienceIsOver_goesOnAtOnce() {
    requests.set(1);
    nanos.addAndGet(PATIENCE.toNanos());
    work();

    assertThat(work().getItem()).isEqualTo("done");
  }

  private Duration restOfNext() {
    assertThat(timers.delays).isEmpty();
    work().assertNotTerminated();
    return timers.delays.remove();
  }

  private UniAssertSubscriber<String> work() {
    return work(this::done);
  }

  private Uni<String> done() {
    return done(WORK);
  }

  private Uni<String> done(Duration work) {
    nanos.addAndGet(work.toNanos());
    return Uni.createFrom().item("done");
  }

  private UniAssertSubscriber<String> work(Supplier<Uni<String>> work) {
    return work(clients, work);
  }

  private UniAssertSubscriber<String> work(GivingWay clients, Supplier<Uni<String>> work) {
    return clients.around(work).subscribe().withSubscriber(UniAssertSubscriber.create());
  }

  /** Keeps what is to run later, and for how long it waits. */
  private static final class Timers extends ScheduledThreadPoolExecutor {
    private final Deque<Duration> delays = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    Timers() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
      delays.add(Duration.ofNanos(unit.toNanos(delay)));
      waiting.add(command);
      return super.schedule(() -> {}, 0, unit);
    }
  }
}
