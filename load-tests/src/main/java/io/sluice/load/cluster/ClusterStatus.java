package io.sluice.load.cluster;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code sluice cluster status --json} says.
 *
 * @param up nodes whose state is {@code up}
 * @param underReplicated partitions that miss a copy
 * @param shards of the metadata, in order
 */
public record ClusterStatus(
    int nodes, int up, int partitions, int underReplicated, List<Shard> shards) {

  private static final int VOTERS = 3;

  /**
   * A shard of the metadata.
   *
   * @param leader name of the node that leads it, if one does
   * @param voters names of the nodes that vote in it; empty where the node that was asked does not
   *     know
   */
  public record Shard(Optional<String> leader, List<String> voters) {}

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
      JsonObject metadata = status.getJsonObject("metadata");
      if (nodes == null
          || partitions == null
          || partitions.getInteger("underReplicated") == null
          || metadata == null) {
        throw new IOException("cluster status lacks nodes, partitions or metadata: " + json);
      }
      long up =
          nodes.stream()
              .filter(node -> "up".equals(((JsonObject) node).getString("state")))
              .count();
      return new ClusterStatus(
          nodes.size(),
          (int) up,
          partitions.getInteger("total", 0),
          partitions.getInteger("underReplicated"),
          metadata.getJsonArray("shards", new JsonArray()).stream()
              .map(shard -> shard((JsonObject) shard))
              .toList());
    } catch (DecodeException | ClassCastException e) {
      throw new IOException("cluster status is unreadable: " + json, e);
    }
  }

  private static Shard shard(JsonObject shard) {
    return new Shard(
        Optional.ofNullable(shard.getString("leader")),
        shard.getJsonArray("voters", new JsonArray()).stream().map(String::valueOf).toList());
  }

  /** This one, with the voters that only the other one names: each leader knows its own shard's. */
  ClusterStatus with(ClusterStatus other) {
    List<Shard> both = new ArrayList<>(shards);
    for (int i = 0; i < both.size() && i < other.shards.size(); i++) {
      if (both.get(i).voters().isEmpty()) {
        both.set(i, new Shard(both.get(i).leader(), other.shards.get(i).voters()));
      }
    }
    return new ClusterStatus(nodes, up, partitions, underReplicated, List.copyOf(both));
  }

  /** The nodes that lead a shard, each once for each of them. */
  public List<String> leaders() {
    return shards.stream().flatMap(shard -> shard.leader().stream()).toList();
  }

  /**
   * Whether all nodes are up, every partition has all of its copies, and every shard a leader and,
   * as far as is known, its voters.
   */
  public boolean isWhole() {
    return up == nodes
        && underReplicated == 0
        && !shards.isEmpty()
        && shards.stream().allMatch(this::hasItsVoters);
  }

  /** What nobody told counts as well. */
  private boolean hasItsVoters(Shard shard) {
    int voters = shard.voters().size();
    return shard.leader().isPresent() && (voters == 0 || voters >= Math.min(VOTERS, nodes));
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
        + " partitions under-replicated, shards "
        + shards;
  }
}
