package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.Layout;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterCommandsTest {
  @Test
  void unchanged_rebalanceWithNothingToDo_isSaidInALine() {
    assertThat(message(new Layout(7, 2, List.of(List.of("d1", "d2")))))
        .isEqualTo(
            "nothing to do: partitions are spread over all disks that may hold them, with 2 copies");
  }

  @Test
  void unchanged_partitionsMove_isNotCalledDone() {
    Layout moving = new Layout(7, 1, List.of(List.of("d1")), List.of(List.of("d2")));
    assertThat(message(moving)).startsWith("partitions are moving already");
    assertThat(message(new Layout(7, 1, List.of(List.of("d1"))).spreading(true)))
        .startsWith("partitions are moving already");
  }

  private static String message(Layout layout) {
    return ClusterCommands.unchanged(layout, new JsonObject()).getString("message");
  }
}
