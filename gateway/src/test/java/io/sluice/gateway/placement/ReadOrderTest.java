package io.sluice.gateway.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadOrderTest {
  private static final List<String> IDS = List.of("near", "far", "farther");

  private final FakeReplica near = new FakeReplica("near");
  private final FakeReplica far = new FakeReplica("far");
  private final FakeReplica farther = new FakeReplica("farther");
  private final Map<String, FakeReplica> byId =
      Map.of("near", near, "far", far, "farther", farther);
  private long nowNanos;
  private final ReplicaScoreboard scores = new ReplicaScoreboard(() -> nowNanos);
  private final ReadOrder order =
      new ReadOrder(
          new Topology() {
            @Override
            public Layout layout() {
              throw new UnsupportedOperationException();
            }

            @Override
            public Future<Layout> lookAgain() {
              throw new UnsupportedOperationException();
            }

            @Override
            public @Nullable ChunkReplica replica(String replicaId) {
              return byId.get(replicaId);
            }

            @Override
            public double weight(String replicaId) {
              return 0;
            }

            @Override
            public boolean isLocal(String replicaId) {
              return replicaId.equals("near");
            }
          },
          scores);

  private List<ChunkReplica> order() {
    return order.of(IDS, new LeastConnections(), 0);
  }

  private static ChunkReplica.Load busy(int requests, long bytes) {
    return new ChunkReplica.Load(requests, bytes, 1, 1);
  }

  @Test
  void local_isFirstThoughOthersAreIdle() {
    near.load = busy(5, 5 << 20);
    far.load = busy(1, 0);
    assertThat(order()).containsExactly(near, farther, far);
  }

  @Test
  void local_overloaded_othersAreFirst() {
    near.load = busy(20, 80 << 20);
    far.load = busy(1, 0);
    assertThat(order()).containsExactly(farther, far, near);
  }

  @Test
  void local_allEquallyBusy_staysFirst() {
    near.load = busy(20, 80 << 20);
    far.load = busy(20, 70 << 20);
    farther.load = busy(20, 70 << 20);
    assertThat(order().get(0)).isSameAs(near);
  }

  @Test
  void behindAnOpenBreaker_isNotAsked() {
    near.state = ChunkReplica.State.FAILED;
    assertThat(order()).containsExactlyInAnyOrder(far, farther);
  }

  @Test
  void slowerThanTheOthers_isLastForAWhile() {
    for (int i = 0; i < 20; i++) {
      scores.answered("far", 1_000_000);
      scores.answered("farther", 1_000_000);
      scores.answered("near", 100_000_000);
    }
    assertThat(order().get(2)).isSameAs(near);
    nowNanos += ReplicaScoreboard.PASSED_OVER.plus(Duration.ofMillis(1)).toNanos();
    assertThat(order().get(0)).isSameAs(near);
  }

  @Test
  void allSlow_nobodyIsPassedOver() {
    for (int i = 0; i < 20; i++) {
      IDS.forEach(id -> scores.answered(id, 200_000_000));
    }
    assertThat(IDS).noneMatch(scores::isOutlier);
  }

  @Test
  void failsMoreOftenThanNot_isPassedOver() {
    for (int i = 0; i < 4; i++) {
      scores.failed("far");
    }
    assertThat(scores.isOutlier("far")).isFalse();
    scores.failed("far");
    assertThat(scores.isOutlier("far")).isTrue();
  }

  @Test
  void usualP95_oneOfThreeIsSlow_isThatOfTheOthers() {
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      scores.answered("near", 1 + (long) (random.nextDouble() * 10e6));
      scores.answered("far", 1 + (long) (random.nextDouble() * 10e6));
      scores.answered("farther", 25_000_000);
    }
    double p95Ms = scores.usualP95Nanos(0) / 1e6;
    System.out.printf("p95 of 0 to 10 ms, evenly spread: %.2f ms%n", p95Ms);
    assertThat(p95Ms).isCloseTo(9.5, within(0.8));
  }
}
