package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What changed from one moment to another, summed up. */
final class Differences {
  private long added;
  private long changed;
  private long removed;
  private long bytes;

  void add(JsonNode difference) {
    boolean before = difference.has("before");
    boolean after = difference.has("after");
    added += before ? 0 : 1;
    removed += after ? 0 : 1;
    changed += before && after ? 1 : 0;
    bytes += difference.path("after").path("size").asLong();
  }

  /** A line such as {@code + key 12 B}, with - for what went and ~ for what is another. */
  static String line(String prefix, JsonNode difference) {
    String key = prefix + difference.path("key").asText();
    JsonNode before = difference.path("before").path("size");
    JsonNode after = difference.path("after").path("size");
    if (before.isMissingNode()) {
      return "+ " + key + "  " + SizeText.of(after.asLong());
    }
    if (after.isMissingNode()) {
      return "- " + key + "  " + SizeText.of(before.asLong());
    }
    return "~ " + key + "  " + SizeText.of(before.asLong()) + " -> " + SizeText.of(after.asLong());
  }

  ObjectNode addTo(ObjectNode json) {
    return json.put("added", added)
        .put("changed", changed)
        .put("removed", removed)
        .put("bytes", bytes);
  }

  @Override
  public String toString() {
    return "%d added, %d changed, %d removed; %s in what is new"
        .formatted(added, changed, removed, SizeText.of(bytes));
  }
}
