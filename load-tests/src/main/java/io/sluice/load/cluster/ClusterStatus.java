package io.sluice.load.cluster;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Optional;

/**
 * What {@code sluice cluster status --json} says.
 *
 * @param up nodes whose state is {@code up}
 * @param underReplicated partitions that miss a copy
 * @param leader name of the node that leads the metadata, if one does
 */
public record ClusterStatus(
    int nodes, int up, int partitions, int underReplicated, Optional<String> leader) {

  /**
   * Reads the command's output.
   *
   * @throws IOException when it is not what it should be
   */
  static ClusterStatus parse(String json) throws IOException {
    try {
      JsonObject status = new JsonObject(json);
      JsonArray nodes = status.getJsonArray("nodes");
      JsonObject partitions = status.getJsonObject("partitions");
      if (nodes == null || partitions == null || partitions.getInteger("underReplicated") == null) {
        throw new IOException("cluster status lacks nodes or partitions: " + json);
      }
      long up =
          nodes.stream()
              .filter(node -> "up".equals(((JsonObject) node).getString("state")))
              .count();
      JsonObject metadata = status.getJsonObject("metadata", new JsonObject());
      return new ClusterStatus(
          nodes.size(),
          (int) up,
          partitions.getInteger("total", 0),
          partitions.getInteger("underReplicated"),
          Optional.ofNullable(metadata.getString("leader")));
    } catch (DecodeException | ClassCastException e) {
      throw new IOException("cluster status is unreadable: " + json, e);
    }
  }

  /** Whether all nodes are up and every partition has all of its copies. */
  public boolean isWhole() {
    return up == nodes && underReplicated == 0;
  }

  @Override
  public String toString() {
    return up
        + " of "
        + nodes
        + " nodes up, "
        + underReplicated
        + " of "
        + partitions
        + " partitions under-replicated, leader "
        + leader.orElse("unknown");
  }
}
