package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.admin.AdminException;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.NodeRecord.State;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NodeStatesTest {
  private final List<Command> submitted = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(names = {"NODE_ACTIVE", "NODE_DRAINING"})
  void drain_whateverTheViewShows_isSubmitted(State shown) {
    // The view is of before the last command, which did the opposite.
    drain(shown, 3, false);
    drain(shown, 3, true);
    assertThat(submitted)
        .extracting(command -> command.getSetNodeState().getState())
        .containsExactly(State.NODE_DRAINING, State.NODE_ACTIVE);
    assertThat(submitted)
        .allSatisfy(
            command -> {
              assertThat(command.getSetNodeState().getName()).isEqualTo("n3");
              assertThat(command.getSetNodeState().getIncarnation()).isEqualTo("i3");
            });
  }

  @Test
  void drain_somethingChanges_saysTheStateAlone() {
    assertThat(drain(State.NODE_ACTIVE, 3, false))
        .isEqualTo(new JsonObject().put("node", "n3").put("state", "draining"));
    assertThat(drain(State.NODE_DRAINING, 3, true))
        .isEqualTo(new JsonObject().put("node", "n3").put("state", "active"));
  }

  @Test
  void drain_isSoAlreadyAsFarAsTheViewShows_saysSo() {
    assertThat(drain(State.NODE_DRAINING, 3, false).getString("message"))
        .isEqualTo("n3 was draining already");
    assertThat(drain(State.NODE_ACTIVE, 3, true).getString("message"))
        .isEqualTo("n3 was not draining");
  }

  @ParameterizedTest
  @EnumSource(names = {"NODE_ACTIVE", "NODE_DRAINING"})
  void drain_tooFewOthersForTheCopies_isConflict(State shown) {
    assertThatThrownBy(() -> drain(shown, 2, false))
        .isInstanceOf(AdminException.class)
        .hasMessageContaining("without n3 there are 1");
    assertThat(submitted).isEmpty();
  }

  @Test
  void drainUndo_tooFewOthersForTheCopies_isSubmitted() {
    drain(State.NODE_DRAINING, 1, true);
    assertThat(submitted).hasSize(1);
  }

  /** Of n3, the last of so many nodes, with two copies of everything. */
  private JsonObject drain(State shown, int nodes, boolean undo) {
    Map<String, NodeRecord> all = new HashMap<>();
    for (int number = 4 - nodes; number < 3; number++) {
      all.put("n" + number, node(number, State.NODE_ACTIVE));
    }
    all.put("n3", node(3, shown));
    ClusterView view =
        new ClusterView(7, new Layout(1, 2, List.of()), all, Map.of(), Map.of(), Set.of(), 1);
    NodeStates states =
        new NodeStates(
            () -> view,
            name -> true,
            command -> {
              submitted.add(command);
              return Uni.createFrom().voidItem();
            });
    return states
        .drain(new JsonObject().put("name", "n3").put("undo", undo))
        .await()
        .indefinitely();
  }

  private static NodeRecord node(int number, State state) {
    return NodeRecord.newBuilder()
        .setName("n" + number)
        .setIncarnation("i" + number)
        .setState(state)
        .build();
  }
}
