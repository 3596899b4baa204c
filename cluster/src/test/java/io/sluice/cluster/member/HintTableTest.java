package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.member.HintTable.Verdict;
import io.sluice.storage.proto.NodeHint;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HintTableTest {
  private static final Set<String> REGISTERED = Set.of("n1", "n2");
  private final HintTable table = new HintTable(Duration.ofSeconds(5));

  @Test
  void accept_first_cameUp_thenNewer() {
    assertThat(table.accept(hint("n1", "a", 7), REGISTERED, 0)).isEqualTo(Verdict.CAME_UP);
    assertThat(table.accept(hint("n1", "a", 8), REGISTERED, 0)).isEqualTo(Verdict.NEWER);
  }

  @Test
  void accept_sameOrOlderSequence_isStale() {
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    assertThat(table.accept(hint("n1", "a", 7), REGISTERED, 0)).isEqualTo(Verdict.STALE);
    assertThat(table.accept(hint("n1", "a", 6), REGISTERED, 0)).isEqualTo(Verdict.STALE);
  }

  @Test
  void accept_otherIncarnationWhileUp_isRival() {
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    assertThat(table.accept(hint("n1", "b", 99), REGISTERED, 0)).isEqualTo(Verdict.RIVAL);
    assertThat(table.get("n1").hint().getIncarnation()).isEqualTo("a");
  }

  @Test
  void accept_otherIncarnationOrOlderSequenceAfterSilence_cameUp() {
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    table.accept(hint("n2", "a", 7), REGISTERED, 0);
    assertThat(table.sweep(REGISTERED, seconds(6))).containsExactlyInAnyOrder("n1", "n2");
    assertThat(table.accept(hint("n1", "b", 1), REGISTERED, seconds(6))).isEqualTo(Verdict.CAME_UP);
    assertThat(table.accept(hint("n2", "a", 1), REGISTERED, seconds(6))).isEqualTo(Verdict.CAME_UP);
  }

  @Test
  void sweep_marksOnce_atTheLimitAndNotBefore() {
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    assertThat(table.sweep(REGISTERED, seconds(5))).isEmpty();
    assertThat(table.sweep(REGISTERED, seconds(5) + 1)).containsExactly("n1");
    assertThat(table.sweep(REGISTERED, seconds(7))).isEmpty();
    assertThat(table.get("n1").up()).isFalse();
  }

  @Test
  void sweep_silentStranger_isForgotten_registeredIsKept() {
    table.accept(hint("x", "a", 7), REGISTERED, 0);
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    table.sweep(REGISTERED, seconds(6));
    table.sweep(REGISTERED, seconds(7));
    assertThat(table.get("x")).isNull();
    assertThat(table.get("n1")).isNotNull();
  }

  @Test
  void left_onlyThatIncarnation() {
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    assertThat(table.left("n1", "b")).isFalse();
    assertThat(table.left("n1", "a")).isTrue();
    assertThat(table.left("n1", "a")).isFalse();
    assertThat(table.get("n1").up()).isFalse();
  }

  @Test
  void excuseSilence_countsFromNow() {
    table.accept(hint("n1", "a", 7), REGISTERED, 0);
    table.excuseSilence(seconds(30));
    assertThat(table.sweep(REGISTERED, seconds(34))).isEmpty();
    assertThat(table.sweep(REGISTERED, seconds(36))).containsExactly("n1");
  }

  @Test
  void accept_floodOfInventedNames_leavesRoomForRegisteredOnes() {
    for (int i = 0; i < HintTable.STRANGERS_MAX; i++) {
      assertThat(table.accept(hint("x" + i, "a", 1), REGISTERED, 0)).isEqualTo(Verdict.CAME_UP);
    }
    assertThat(table.accept(hint("x", "a", 1), REGISTERED, 0)).isEqualTo(Verdict.NO_ROOM);
    assertThat(table.accept(hint("n1", "a", 1), REGISTERED, 0)).isEqualTo(Verdict.CAME_UP);
    assertThat(table.accept(hint("x0", "a", 2), REGISTERED, 0)).isEqualTo(Verdict.NEWER);
    assertThat(table.all()).hasSize(HintTable.STRANGERS_MAX + 1);
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static NodeHint hint(String name, String incarnation, long sequence) {
    return NodeHint.newBuilder()
        .setName(name)
        .setIncarnation(incarnation)
        .setSequence(sequence)
        .build();
  }
}
