package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.s3.http.PercentCoding;
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
    List<JsonNode> all = new ArrayList<>();
    client
        .call("GET", "/snapshots/" + PercentCoding.encode(snapshot, false) + "/buckets", null)
        .path("moments")
        .forEach(all::add);
    return all;
  }

  JsonNode ofSnapshot(String bucket, String snapshot) {
    return moment(bucket, "snapshot", snapshot, null);
  }

  /**
   * A bucket as it was.
   *
   * @param by snapshot, or at
   * @param which its name, or a time such as {@code 2026-11-21T10:00:00Z}
   * @param toBucket into which it is to be restored; null: the same
   */
  JsonNode moment(String bucket, String by, String which, @Nullable String toBucket) {
    Map<String, Object> body = new LinkedHashMap<>(Map.of("bucket", bucket, by, which));
    if (toBucket != null) {
      body.put("toBucket", toBucket);
    }
    return client.call("POST", "/moments", body);
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
