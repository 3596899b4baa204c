package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterWatchTest {
  private static final long SECOND = 1_000_000_000;

  private final StringWriter printed = new StringWriter();
  private final ClusterWatch watch =
      new ClusterWatch(
          () -> {
            throw new IllegalStateException("not asked in this test");
          },
          new PrintWriter(printed, true),
          new PrintWriter(new StringWriter(), true));

  private static JsonNode status(String state, int under, int waiting)
      throws JsonProcessingException {
    return new ObjectMapper()
        .readTree(
            """
            {"nodes": [{"name": "a", "state": "up",
               "disks": [{"partitions": 256, "capacityBytes": 1, "freeBytes": 1}]},
              {"name": "b", "state": "%s", "disks": [{"partitions": 256, "capacityBytes": 1}]}],
             "partitions": {"total": 256, "underReplicated": %d, "moving": 0, "copiesWaiting": 0},
             "metadata": {"leader": "a", "shards": []},
             "heal": {"waiting": %d, "running": 0, "bytesCopied": 0}, "replicas": 2}"""
                .formatted(state, under, waiting));
  }

  @Test
  void show_lines_areThereOnlyWhenSomethingChanged() throws JsonProcessingException {
    watch.show(ClusterWatch.Form.LINES, status("up", 0, 0), 0);
    watch.show(ClusterWatch.Form.LINES, status("up", 0, 0), SECOND);
    watch.show(ClusterWatch.Form.LINES, status("down", 256, 0), 2 * SECOND);
    watch.show(ClusterWatch.Form.LINES, status("down", 256, 0), 3 * SECOND);
    List<String> lines =
        printed.toString().lines().filter(line -> line.matches("\\d\\d:\\d\\d.*")).toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).endsWith("a up, b up; 0 of 256 partitions under-replicated, 0 moving");
    assertThat(lines.get(1)).contains("b down; 256 of 256 partitions under-replicated");
    assertThat(printed.toString()).contains("? of 0.0 GiB").doesNotContain("\u001b");
  }

  @Test
  void show_page_isDrawnAgainWithAProgressBar() throws JsonProcessingException {
    watch.show(ClusterWatch.Form.PAGE, status("up", 200, 200), 0);
    watch.show(ClusterWatch.Form.PAGE, status("up", 50, 50), 6 * SECOND);
    assertThat(printed.toString())
        .startsWith("\u001b[H")
        .contains("[" + "#".repeat(30) + "..........] 75 %, 50 left")
        .contains("about 2 s left");
  }

  @Test
  void show_json_isAnObjectALine() throws JsonProcessingException {
    watch.show(ClusterWatch.Form.JSON, status("up", 0, 0), 0);
    watch.show(ClusterWatch.Form.JSON, status("up", 0, 0), SECOND);
    assertThat(printed.toString().lines()).hasSize(2).allMatch(line -> line.startsWith("{"));
  }
}
