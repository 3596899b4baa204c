package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ClusterTextTest {
  private static String status(String json) throws IOException {
    StringWriter text = new StringWriter();
    new ClusterText(new PrintWriter(text, true)).status(new ObjectMapper().readTree(json));
    return text.toString();
  }

  @Test
  void status_metadataDiskOfANodeIsFull_isALineBelowIt() throws IOException {
    assertThat(
            status(
                "{\"nodes\":[{\"name\":\"n1\",\"metadata\":{\"full\":true,\"freeBytes\":1048576}},"
                    + "{\"name\":\"n2\",\"metadata\":{\"full\":false,\"freeBytes\":9}}]}"))
        .containsOnlyOnce("  metadata: its disk is full (1 MiB free)");
  }

  @Test
  void status_noteOfANode_isALineBelowIt() throws IOException {
    assertThat(status("{\"nodes\":[{\"name\":\"n1\",\"note\":\"joined, no report yet\"}]}").lines())
        .contains("  joined, no report yet");
  }

  @Test
  void fields_message_isTheOnlyLine() throws IOException {
    StringWriter text = new StringWriter();
    new ClusterText(new PrintWriter(text, true))
        .fields(new ObjectMapper().readTree("{\"version\":3,\"message\":\"nothing to do\"}"));
    assertThat(text.toString().lines()).containsExactly("nothing to do");
  }

  @Test
  void status_healRate_isShown() throws IOException {
    assertThat(status("{\"heal\":{\"bytesPerSecondMax\":134217728}}"))
        .contains("at most 128.0 MiB/s");
  }

  @Test
  void status_voters_areShownForEachShard() throws IOException {
    assertThat(
            status(
                "{\"metadata\":{\"leader\":\"n1\",\"shards\":["
                    + "{\"leader\":\"n1\",\"voters\":[\"n1\",\"n2\"]},{\"leader\":\"n2\"}]}}"))
        .contains("led by n1 (shards: n1 of 2, n2)");
  }
}
