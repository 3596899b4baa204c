package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClusterJobsTest {
  private static JsonObject node(boolean running, long chunks, String finished) {
    return new JsonObject()
        .put("running", running)
        .put("phase", running ? "orphans of shard 1" : "waiting")
        .put("finished", finished)
        .put("clockSuspect", false)
        .put("garbageChunks", chunks);
  }

  @Test
  void gc_ofAllNodes_isSummedUp() {
    JsonObject sum =
        ClusterJobs.gc(
            new TreeMap<>(
                Map.of(
                    "a", node(false, 3, "2026-01-01T00:00:00Z"),
                    "b", node(true, 4, "2026-01-02T00:00:00Z"),
                    "c", node(false, 0, null))));
    assertThat(sum.getBoolean("running")).isTrue();
    assertThat(sum.getString("phase")).isEqualTo("orphans of shard 1");
    assertThat(sum.getLong("garbageChunks")).isEqualTo(7);
    assertThat(sum.getString("finished")).startsWith("2026-01-02");
    assertThat(sum.getBoolean("clockSuspect")).isFalse();
    assertThat(sum.getJsonArray("nodes").getJsonObject(1).getString("node")).isEqualTo("b");
  }
}
