package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Test
  void quorum_isAMajority() {
    int[] quorums = {1, 2, 2, 3, 3};
    for (int replicas = 1; replicas <= 5; replicas++) {
      assertThat(Layout.quorumOf(replicas)).isEqualTo(quorums[replicas - 1]);
    }
  }

  @Test
  void holders_areTheReplicasAndThoseTheyMoveTo() {
    Layout still = new Layout(1, 2, List.of(List.of("a", "b")));
    assertThat(still.isMoving(0)).isFalse();
    assertThat(still.holdersOf(0)).containsExactly("a", "b");
    Layout moving = new Layout(2, 2, List.of(List.of("a", "b")), List.of(List.of("b", "c")));
    assertThat(moving.isMoving(0)).isTrue();
    assertThat(moving.holdersOf(0)).containsExactly("a", "b", "c");
  }

  @Test
  void partitions_areCopied() {
    List<String> replicas = new ArrayList<>(List.of("a", "b"));
    List<List<String>> partitions = new ArrayList<>(List.of(replicas));
    Layout layout = new Layout(1, 2, partitions);
    replicas.set(0, "x");
    partitions.clear();
    assertThat(layout.replicasOf(0)).containsExactly("a", "b");
  }
}
