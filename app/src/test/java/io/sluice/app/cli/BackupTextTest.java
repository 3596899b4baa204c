package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class BackupTextTest {
  @Test
  void line_ofATarget_hasSpansAsPeopleWriteThem() {
    ObjectNode target =
        JsonNodeFactory.instance.objectNode().put("name", "nas").put("url", "file:///mnt");
    target.withArray("retention").add("keep-last=7").add("min-age=PT336H");
    assertThat(TargetCommand.line(target))
        .isEqualTo("nas  file:///mnt, keep-last=7, min-age=14 d, no backup yet");
  }

  private static ObjectNode running() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("kind", "full")
        .put("id", "20261122T080000.000Z-00000001")
        .put("node", "n1")
        .put("started", "2026-11-22T08:00:00Z")
        .put("objects", 1)
        .put("bytesWritten", 0);
  }

  @Test
  void running_saysSinceWhenTheTargetHangs() {
    String running =
        "full 20261122T080000.000Z-00000001 since 2026-11-22T08:00:00Z: 1 object seen, "
            + SizeText.of(0)
            + " sent";
    assertThat(BackupCommand.running(running())).isEqualTo(running);
    assertThat(BackupCommand.running(running().put("noAnswerSince", "2026-11-22T08:01:00Z")))
        .isEqualTo(
            running + "; HANGS, the target has not answered node n1 since 2026-11-22T08:01:00Z");
  }
}
