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

  private final PrintWriter out;

  ClusterText(PrintWriter out) {
    this.out = out;
  }

  void status(JsonNode answer) {
    nodes(answer);
    JsonNode partitions = answer.path("partitions");
    out.printf(
        Locale.ROOT,
        "partitions  %d, %d under-replicated, %d moving (%d copies to come); %d copies aimed at%n",
        partitions.path("total").asInt(),
        partitions.path("underReplicated").asInt(),
        partitions.path("moving").asInt(),
        partitions.path("copiesWaiting").asInt(),
        answer.path("replicas").asInt());
    JsonNode metadata = answer.path("metadata");
    StringBuilder leaders = new StringBuilder();
    for (JsonNode shard : metadata.path("shards")) {
      leaders.append(leaders.isEmpty() ? "" : ", ").append(shard.path("leader").asText("none"));
    }
    out.printf("metadata    led by %s (shards: %s)%n", metadata.path("leader").asText(), leaders);
    JsonNode heal = answer.path("heal");
    out.printf(
        Locale.ROOT,
        "healing     %d waiting, %d running; %d chunks (%.1f MiB) copied since the nodes started%n",
        heal.path("waiting").asInt(),
        heal.path("running").asInt(),
        heal.path("chunksCopied").asLong(),
        heal.path("bytesCopied").asLong() / MIB);
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

  /** What moved between two looks, and how long the rest will take at that. */
  void rate(JsonNode before, JsonNode now, long seconds) {
    long bytes =
        now.path("heal").path("bytesCopied").asLong()
            - before.path("heal").path("bytesCopied").asLong();
    int left = now.path("partitions").path("copiesWaiting").asInt();
    int done = before.path("partitions").path("copiesWaiting").asInt() - left;
    if (bytes > 0 || left > 0) {
      out.printf(
          Locale.ROOT,
          "rate        %.1f MiB/s, %s%n",
          bytes / MIB / seconds,
          done > 0 ? "about " + left * seconds / done + " s left" : "time left not known");
    }
  }

  void nodes(JsonNode answer) {
    out.printf("%-16s %-9s %-10s %-6s %-18s %s%n", "node", "state", "zone", "disks", "free", "S3");
    for (JsonNode node : answer.path("nodes")) {
      long free = 0;
      long capacity = 0;
      for (JsonNode disk : node.path("disks")) {
        free += disk.path("freeBytes").asLong();
        capacity += disk.path("capacityBytes").asLong();
      }
      out.printf(
          Locale.ROOT,
          "%-16s %-9s %-10s %-6d %-18s %s%n",
          node.path("name").asText(),
          node.path("state").asText(),
          node.path("zone").asText().isEmpty() ? "-" : node.path("zone").asText(),
          node.path("disks").size(),
          String.format(Locale.ROOT, "%.1f of %.1f GiB", free / GIB, capacity / GIB),
          node.path("endpoint").asText());
      ill(node);
    }
  }

  /** Disks that don't take writes, a line each. */
  private void ill(JsonNode node) {
    for (JsonNode disk : node.path("disks")) {
      String state = disk.path("state").asText("writable");
      if (!state.equals("writable")) {
        out.printf(
            "  disk %s: %s, %s partitions%n",
            disk.path("id").asText(), state, disk.path("partitions").asText());
      }
    }
  }

  /** A line for each thing that is known. */
  void fields(JsonNode answer) {
    for (Map.Entry<String, JsonNode> field : answer.properties()) {
      if (field.getValue().isObject()) {
        for (Map.Entry<String, JsonNode> inner : field.getValue().properties()) {
          out.printf(
              "disk %s  %s, %s partitions%n",
              inner.getKey(),
              inner.getValue().path("node").asText(),
              inner.getValue().path("partitions").asText());
        }
      } else {
        out.printf("%-11s %s%n", field.getKey(), field.getValue().asText());
      }
    }
  }
}
