package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks a server for moments of buckets, and for what is different between them. */
final class Moments {
  private final AdminClient client;

  Moments(AdminClient client) {
    this.client = client;
  }

  /** Of all buckets of a snapshot, by name. */
  List<JsonNode> ofSnapshot(String snapshot) {
    return ofSnapshot("GET", snapshot, null);
  }

  /** The same, to be restored: {@link #end} is to be called for each. */
  List<JsonNode> holdSnapshot(String snapshot) {
    return ofSnapshot("POST", snapshot, Map.of("hold", true));
  }

  private List<JsonNode> ofSnapshot(String method, String snapshot, @Nullable Object body) {
    List<JsonNode> all = new ArrayList<>();
    client
        .call(method, AdminPath.of("/snapshots", snapshot) + "/buckets", body)
        .path("moments")
        .forEach(all::add);
    return all;
  }

  JsonNode ofSnapshot(String bucket, String snapshot) {
    return client.call("POST", "/moments", Map.of("bucket", bucket, "snapshot", snapshot));
  }

  /**
   * A bucket as it was, to be restored: it is kept until {@link #end}.
   *
   * @param by snapshot, or at
   * @param which its name, or a time such as {@code 2026-11-21T10:00:00Z}
   * @param toBucket into which it is to be restored; null: the same
   */
  JsonNode hold(String bucket, String by, String which, @Nullable String toBucket) {
    Map<String, Object> body =
        new LinkedHashMap<>(Map.of("bucket", bucket, by, which, "hold", true));
    if (toBucket != null) {
      body.put("toBucket", toBucket);
    }
    return client.call("POST", "/moments", body);
  }

  /** Gives up a moment that was held. */
  void end(JsonNode moment) {
    client.call("POST", "/moments/end", Map.of("moment", moment));
  }

  /**
   * Gives all differences, by key.
   *
   * @param to another moment of the bucket; null: now
   * @param toBucket another bucket as it is now, or null
   */
  void compare(
      JsonNode from,
      @Nullable JsonNode to,
      @Nullable String toBucket,
      @Nullable String prefix,
      Consumer<JsonNode> each) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("moment", from);
    if (to != null) {
      body.put("to", to);
    }
    if (toBucket != null) {
      body.put("toBucket", toBucket);
    }
    if (prefix != null) {
      body.put("prefix", prefix);
    }
    JsonNode page;
    do {
      page = client.call("POST", "/moments/compare", body);
      page.path("differences").forEach(each);
      body.put("after", page.path("next").asText(""));
    } while (page.has("next"));
  }
}
