package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Writes how a cluster is, for people. */
final class ClusterText {
  private static final double MIB = 1 << 20;
  private static final double GIB = 1 << 30;
  private static final String NODE_LINE = "%-16s %-9s %-10s %-6s %-11s %-18s %s%n";

  private final PrintWriter out;

  ClusterText(PrintWriter out) {
    this.out = out;
  }

  void status(JsonNode answer) {
    nodes(answer);
    JsonNode partitions = answer.path("partitions");
    out.printf(
        Locale.ROOT,
        "partitions  %d of %s each; %d under-replicated, %d moving (%s to come)%n",
        partitions.path("total").asInt(),
        copies(answer.path("replicas").asInt()),
        partitions.path("underReplicated").asInt(),
        partitions.path("moving").asInt(),
        copies(partitions.path("copiesWaiting").asInt()));
    JsonNode metadata = answer.path("metadata");
    StringBuilder leaders = new StringBuilder();
    for (JsonNode shard : metadata.path("shards")) {
      leaders.append(leaders.isEmpty() ? "" : ", ").append(shard.path("leader").asText("none"));
      if (shard.has("voters")) {
        leaders.append(" of ").append(shard.path("voters").size());
      }
    }
    out.printf("metadata    led by %s (shards: %s)%n", metadata.path("leader").asText(), leaders);
    JsonNode heal = answer.path("heal");
    out.printf(
        Locale.ROOT,
        "healing     %d waiting, %d running; %s (%.1f MiB) copied since the nodes started,"
            + " at most %.1f MiB/s%n",
        heal.path("waiting").asInt(),
        heal.path("running").asInt(),
        Counted.of(heal.path("chunksCopied").asLong(), "chunk"),
        heal.path("bytesCopied").asLong() / MIB,
        heal.path("bytesPerSecondMax").asLong() / MIB);
    format(answer);
    out.printf("balancing   %s%n", answer.path("balancePolicy").asText());
    if (answer.hasNonNull("obstacle")) {
      out.printf("obstacle    %s%n", answer.path("obstacle").asText());
    }
  }

  /** While an upgrade is under way: who holds it up. */
  private void format(JsonNode answer) {
    int newest = 0;
    for (JsonNode node : answer.path("nodes")) {
      newest = Math.max(newest, node.path("format").asInt());
    }
    StringJoiner older = new StringJoiner(", ");
    for (JsonNode node : answer.path("nodes")) {
      if (node.path("format").asInt() < newest) {
        older.add(node.path("name").asText());
      }
    }
    if (older.length() > 0) {
      out.printf(
          "format      %d; %d when these are upgraded too: %s%n",
          answer.path("format").asInt(), newest, older);
    }
  }

  /** How nodes and copies are, in one line. */
  static String summary(JsonNode answer) {
    StringBuilder nodes = new StringBuilder();
    for (JsonNode node : answer.path("nodes")) {
      nodes
          .append(nodes.isEmpty() ? "" : ", ")
          .append(node.path("name").asText())
          .append(' ')
          .append(node.path("state").asText());
    }
    JsonNode partitions = answer.path("partitions");
    return String.format(
        Locale.ROOT,
        "%s; %d of %d partitions under-replicated, %d moving",
        nodes,
        partitions.path("underReplicated").asInt(),
        partitions.path("total").asInt(),
        partitions.path("moving").asInt());
  }

  void nodes(JsonNode answer) {
    out.printf(NODE_LINE, "node", "state", "zone", "disks", "partitions", "free", "S3");
    for (JsonNode node : answer.path("nodes")) {
      int partitions = 0;
      for (JsonNode disk : node.path("disks")) {
        partitions += disk.path("partitions").asInt();
      }
      out.printf(
          NODE_LINE,
          node.path("name").asText(),
          node.path("state").asText(),
          node.path("zone").asText().isEmpty() ? "-" : node.path("zone").asText(),
          node.path("disks").size(),
          partitions,
          free(node.path("disks")),
          node.path("endpoint").asText());
      ill(node);
    }
  }

  /** What is not as it should be, a line each. */
  private void ill(JsonNode node) {
    if (node.hasNonNull("note")) {
      out.printf("  %s%n", node.path("note").asText());
    }
    if (node.path("metadata").path("full").asBoolean()) {
      out.printf(
          Locale.ROOT,
          "  metadata: its disk is full (%.0f MiB free)%n",
          node.path("metadata").path("freeBytes").asLong() / MIB);
    }
    for (JsonNode disk : node.path("disks")) {
      String state = disk.path("state").asText("writable");
      if (!state.equals("writable")) {
        out.printf("  disk %s: %s, %s%n", disk.path("id").asText(), state, partitions(disk));
      }
    }
  }

  private static String copies(int count) {
    return Counted.of(count, "copy", "copies");
  }

  private static String partitions(JsonNode disk) {
    return Counted.of(disk.path("partitions").asLong(), "partition");
  }

  /** A node that is not heard does not say what is free. */
  private static String free(JsonNode disks) {
    long free = 0;
    long capacity = 0;
    boolean known = false;
    for (JsonNode disk : disks) {
      known |= disk.has("freeBytes");
      free += disk.path("freeBytes").asLong();
      capacity += disk.path("capacityBytes").asLong();
    }
    return String.format(
        Locale.ROOT,
        "%s of %.1f GiB",
        known ? String.format(Locale.ROOT, "%.1f", free / GIB) : "?",
        capacity / GIB);
  }

  /** A line for each thing that is known; or one message if there is no more to say. */
  void fields(JsonNode answer) {
    if (answer.hasNonNull("message")) {
      out.println(answer.path("message").asText());
      return;
    }
    for (Map.Entry<String, JsonNode> field : answer.properties()) {
      if (field.getValue().isObject()) {
        for (Map.Entry<String, JsonNode> inner : field.getValue().properties()) {
          out.printf(
              "disk %s  %s, %s%n",
              inner.getKey(), inner.getValue().path("node").asText(), partitions(inner.getValue()));
        }
      } else {
        out.printf("%-11s %s%n", field.getKey(), field.getValue().asText());
      }
    }
  }
}
