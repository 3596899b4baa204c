package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class SnapshotTextTest {
  private static ObjectNode snapshot(String state) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", "monday")
        .put("created", "2026-11-16T08:00:00Z")
        .put("expires", "2026-11-17T08:00:00Z")
        .put("state", state)
        .put("ageSeconds", 90_061)
        .put("keptObjects", 0)
        .put("keptBytes", 0);
  }

  @Test
  void line_expired_saysThatItCanStillBeRead() {
    assertThat(SnapshotCommand.line(snapshot("expired")))
        .isEqualTo(
            "monday, of all buckets, made 2026-11-16T08:00:00Z, until 2026-11-17T08:00:00Z"
                + " (expired: can still be read, until garbage collection removes it)");
  }

  @Test
  void listed_tellsTheAgeAndWhatItKeeps_alsoNothing() {
    String line =
        "monday, of all buckets, made 2026-11-16T08:00:00Z, until 2026-11-17T08:00:00Z; 1 d 1 h"
            + " old,";
    assertThat(SnapshotCommand.listed(snapshot("complete")))
        .isEqualTo(line + " keeps 0 objects, 0 B");
    assertThat(
            SnapshotCommand.listed(
                snapshot("complete").put("keptObjects", 1).put("keptBytes", 1_536)))
        .isEqualTo(line + " keeps 1 object, 1.5 KiB");
  }

  @Test
  void line_complete_saysNoMore() {
    assertThat(SnapshotCommand.line(snapshot("complete")))
        .isEqualTo("monday, of all buckets, made 2026-11-16T08:00:00Z, until 2026-11-17T08:00:00Z");
  }
}
