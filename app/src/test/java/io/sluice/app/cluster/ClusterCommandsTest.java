package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.Layout;
import io.sluice.storage.proto.NodeRecord;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterCommandsTest {
  private static final NodeRecord ACTIVE =
      NodeRecord.newBuilder().setName("n3").setState(NodeRecord.State.NODE_ACTIVE).build();
  private static final NodeRecord DRAINING =
      ACTIVE.toBuilder().setState(NodeRecord.State.NODE_DRAINING).build();

  @Test
  void already_drainUndoneOfANodeThatDoesNotDrain_isSaid() {
    assertThat(ClusterCommands.already(ACTIVE, true))
        .isEqualTo(
            new JsonObject()
                .put("node", "n3")
                .put("state", "active")
                .put("message", "n3 was not draining: nothing changed"));
    assertThat(ClusterCommands.already(DRAINING, false).getString("message"))
        .isEqualTo("n3 is draining already: nothing changed");
  }

  @Test
  void already_somethingIsToChange_isNothing() {
    assertThat(ClusterCommands.already(ACTIVE, false)).isNull();
    assertThat(ClusterCommands.already(DRAINING, true)).isNull();
  }

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
