package io.sluice.gateway.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sluice.gateway.placement.BalanceSimulation.Disk;
import io.sluice.storage.chunk.ChunkReplica.State;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How each policy distributes chunks over three disks that serve one in 5 ms, unless said so. */
class BalancePoliciesTest {
  private static final int CHUNKS = 20_000;

  /** Chunks in a millisecond: a third of what three disks at 5 ms can do. */
  private static final double CALM = 0.2;

  /** With which none of the unequal disks has more than it can do, whatever it gets. */
  private static final double QUIET = 0.15;

  /** Half of what the unequal disks can do together. */
  private static final double BUSY = 0.35;

  private static final String ROUND_ROBIN = "round-robin";
  private static final String WEIGHTED = "weighted-round-robin";
  private static final String LEAST = "least-connections";
  private static final String TWO = "power-of-two-choices";
  private static final String HASH = "consistent-hash";

  @ParameterizedTest
  @ValueSource(strings = {ROUND_ROBIN, WEIGHTED, LEAST, TWO, HASH})
  void equalDisks_getEqualShares(String policy) {
    double[] shares = run(policy, "equal", disk(0, 1, 5, 0), disk(1, 1, 5, 0), disk(2, 1, 5, 0));
    for (double share : shares) {
      assertThat(share).isCloseTo(1 / 3.0, within(0.03));
    }
  }

  /** Disks of 1, 2 and 4 TiB, which serve a chunk in 10, 5 and 2.5 ms. */
  @ParameterizedTest
  @ValueSource(strings = {ROUND_ROBIN, WEIGHTED, LEAST, TWO, HASH})
  void unequalDisks_getWhatThePolicyGoesBy(String policy) {
    double[] shares =
        run(
            policy.equals(LEAST) || policy.equals(TWO) ? BUSY : QUIET,
            policy,
            "1:2:4",
            disk(0, 1, 10, 0),
            disk(1, 2, 5, 0),
            disk(2, 4, 2.5, 0));
    switch (policy) {
      case WEIGHTED, HASH -> {
        assertThat(shares[0]).isCloseTo(1 / 7.0, within(0.03));
        assertThat(shares[1]).isCloseTo(2 / 7.0, within(0.03));
        assertThat(shares[2]).isCloseTo(4 / 7.0, within(0.03));
      }
      case LEAST, TWO -> {
        // They see queues, not weights: the faster one's is shorter.
        assertThat(shares[0]).isLessThan(0.30);
        assertThat(shares[2]).isGreaterThan(0.36);
      }
      default -> {
        // Blind to differences that are no trouble.
        for (double share : shares) {
          assertThat(share).isCloseTo(1 / 3.0, within(0.03));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ROUND_ROBIN, WEIGHTED, LEAST, TWO, HASH})
  void slowDisk_getsFew(String policy) {
    double[] shares =
        run(policy, "one 20x slower", disk(0, 1, 100, 0), disk(1, 1, 5, 0), disk(2, 1, 5, 0));
    assertThat(shares[0]).isLessThan(0.1);
    assertThat(shares[1]).isCloseTo(shares[2], within(0.05));
  }

  @ParameterizedTest
  @ValueSource(strings = {ROUND_ROBIN, WEIGHTED, LEAST, TWO, HASH})
  void failingDisk_getsFew(String policy) {
    double[] shares =
        run(policy, "one fails 80 %", disk(0, 1, 1, 0.8), disk(1, 1, 5, 0), disk(2, 1, 5, 0));
    assertThat(shares[0]).isLessThan(0.05);
    assertThat(shares[1]).isCloseTo(shares[2], within(0.05));
  }

  @ParameterizedTest
  @ValueSource(strings = {ROUND_ROBIN, WEIGHTED, LEAST, TWO, HASH})
  void diskBehindAnOpenBreaker_getsNone(String policy) {
    double[] shares =
        run(
            policy,
            "breaker open",
            new Disk("d0", 1, 5, 0, State.FAILED),
            disk(1, 1, 5, 0),
            disk(2, 1, 5, 0));
    assertThat(shares[0]).isZero();
    assertThat(shares[1]).isCloseTo(shares[2], within(0.05));
  }

  private static Disk disk(int number, double weight, double serviceMs, double failing) {
    return new Disk("d" + number, weight, serviceMs, failing, State.WRITABLE);
  }

  private static double[] run(String policy, String what, Disk... disks) {
    return run(CALM, policy, what, disks);
  }

  private static double[] run(double chunksPerMs, String policy, String what, Disk... disks) {
    double[] shares =
        new BalanceSimulation(List.of(disks))
            .run(BalancePolicies.named(policy), CHUNKS, chunksPerMs);
    System.out.printf(
        Locale.ROOT,
        "%-22s %-16s %s%n",
        policy,
        what,
        Arrays.stream(shares)
            .mapToObj(s -> String.format(Locale.ROOT, "%5.1f %%", s * 100))
            .toList());
    return shares;
  }

  @Test
  void consistentHash_oneGone_onlyItsKeysMoveAndSpread() {
    BalancePolicy policy = BalancePolicies.named(HASH);
    Map<Integer, Integer> heirs = new HashMap<>();
    int moved = 0;
    for (long key = 0; key < 10_000; key++) {
      int before = policy.choose(candidates(-1), key);
      int after = policy.choose(candidates(3), key);
      if (before != 3) {
        assertThat(after).isEqualTo(before);
      } else {
        moved++;
        heirs.merge(after, 1, Integer::sum);
      }
    }
    System.out.println("consistent-hash, one of 10 gone: " + moved + " of 10000 keys move");
    assertThat(moved).isBetween(900, 1100);
    assertThat(heirs).hasSize(9);
  }

  private static BalancePolicy.Candidates candidates(int gone) {
    return new BalancePolicy.Candidates() {
      @Override
      public int count() {
        return 10;
      }

      @Override
      public boolean isEligible(int index) {
        return index != gone;
      }

      @Override
      public long load(int index) {
        return 0;
      }

      @Override
      public int requestsInFlight(int index) {
        return 0;
      }

      @Override
      public double weight(int index) {
        return 1;
      }

      @Override
      public long key(int index) {
        return index;
      }
    };
  }

  @Test
  void named_unknown_isRefusedInOneLine() {
    assertThatThrownBy(() -> BalancePolicies.named("random"))
        .hasMessage(
            "there is no balance policy 'random': choose one of consistent-hash,"
                + " least-connections, power-of-two-choices, round-robin, weighted-round-robin");
    BalancePolicies.names()
        .forEach(name -> assertThat(BalancePolicies.named(name).policyName()).isEqualTo(name));
  }

  @Test
  void following_settingChanges_policyChangesAtOnceAndUnknownOnesAreIgnored() {
    AtomicReference<String> setting = new AtomicReference<>("");
    Supplier<BalancePolicy> policy = BalancePolicies.following(setting::get);
    assertThat(policy.get().policyName()).isEqualTo(BalancePolicies.DEFAULT);
    setting.set(LEAST);
    BalancePolicy least = policy.get();
    assertThat(least.policyName()).isEqualTo(LEAST);
    assertThat(policy.get()).isSameAs(least);
    setting.set("of-a-newer-version");
    assertThat(policy.get()).isSameAs(least);
  }
}
