package io.sluice.app.cluster;

import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.admin.AdminException;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SetNodeState;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** {@code sluice cluster drain} and {@code remove}, where shard 0 leads. Any thread. */
final class NodeStates {
  private final Supplier<ClusterView> view;
  private final Predicate<String> isUp;
  private final Function<Command, Uni<Void>> submit;

  /**
   * @param view the newest that is known, perhaps a second old
   * @param isUp whether the node of a name is there now
   * @param submit has a command applied in shard 0
   */
  NodeStates(
      Supplier<ClusterView> view, Predicate<String> isUp, Function<Command, Uni<Void>> submit) {
    this.view = view;
    this.isUp = isUp;
    this.submit = submit;
  }

  private NodeRecord named(JsonObject arguments) {
    String name = arguments.getString("name", "");
    return view.get()
        .node(name)
        .orElseThrow(
            () ->
                AdminException.notFound(
                    "NoSuchNode",
                    "there is no node " + name + " (sluice cluster nodes lists them)"));
  }

  /**
   * Has a node drain, or with {@code undo} hold data as before. Always submitted, because the view
   * may be of before the last such command: it only chooses the words.
   */
  Uni<JsonObject> drain(JsonObject arguments) {
    NodeRecord node = named(arguments);
    boolean undo = Boolean.TRUE.equals(arguments.getValue("undo"));
    if (!undo) {
      requireEnoughWithout(node);
    }
    JsonObject answer = answer(node, undo);
    return setState(node, undo ? NodeRecord.State.NODE_ACTIVE : NodeRecord.State.NODE_DRAINING)
        .replaceWith(answer);
  }

  private void requireEnoughWithout(NodeRecord node) {
    ClusterView now = view.get();
    long others =
        now.all().stream()
            .filter(other -> other.getState() == NodeRecord.State.NODE_ACTIVE)
            .filter(other -> !other.getName().equals(node.getName()))
            .count();
    int replicas = now.layout().replicas();
    if (others < replicas) {
      throw AdminException.conflict(
          "TooFewNodes",
          replicas
              + " copies need as many nodes, and without "
              + node.getName()
              + " there are "
              + others
              + ": add a node first, or keep fewer copies (sluice cluster layout --replicas "
              + Math.max(1, others)
              + ")");
    }
  }

  /** What is said of it; with a line for a person when it changes nothing that the view shows. */
  private static JsonObject answer(NodeRecord before, boolean undo) {
    JsonObject answer =
        new JsonObject().put("node", before.getName()).put("state", undo ? "active" : "draining");
    boolean drained = before.getState() == NodeRecord.State.NODE_DRAINING;
    if (drained != undo) {
      answer.put(
          ClusterCommands.MESSAGE,
          before.getName() + (undo ? " was not draining" : " was draining already"));
    }
    return answer;
  }

  Uni<JsonObject> remove(JsonObject arguments) {
    NodeRecord node = named(arguments);
    boolean force = Boolean.TRUE.equals(arguments.getValue("force"));
    int held =
        node.getDisksList().stream()
            .mapToInt(disk -> ClusterStatus.held(view.get().layout(), disk.getId()))
            .sum();
    if (held > 0) {
      throw AdminException.conflict(
          "NodeHoldsData",
          node.getName()
              + " still has "
              + held
              + " partitions, and removing it could lose data: drain it first (sluice cluster drain "
              + node.getName()
              + "), and wait until sluice cluster status shows that none is left");
    }
    if (!force && isUp.test(node.getName())) {
      throw AdminException.conflict(
          "NodeIsUp",
          node.getName()
              + " is running: stop it first, or say --force; it can't come back with the"
              + " directories that it has");
    }
    return setState(node, NodeRecord.State.NODE_REMOVED)
        .replaceWith(() -> new JsonObject().put("node", node.getName()).put("state", "removed"));
  }

  private Uni<Void> setState(NodeRecord node, NodeRecord.State state) {
    return submit
        .apply(
            Command.newBuilder()
                .setSetNodeState(
                    SetNodeState.newBuilder()
                        .setName(node.getName())
                        .setState(state)
                        .setIncarnation(node.getIncarnation()))
                .build())
        .onFailure(StorageFailure.Refused.class)
        .transform(NodeStates::refused);
  }

  private static RuntimeException refused(StorageFailure.Refused failure) {
    return failure.code() == RefusalCode.NO_SUCH_NODE
        ? AdminException.notFound("NoSuchNode", failure.refusal().getMessage())
        : AdminException.conflict("Refused", failure.refusal().getMessage());
  }
}
