package io.sluice.load.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ClusterStatusTest {

  @Test
  void parse_allUpAndReplicated_isWhole() throws IOException {
    ClusterStatus status = ClusterStatus.parse(json("up", 0, "\"node-2\""));
    assertThat(status.isWhole()).isTrue();
    assertThat(status.leader()).contains("node-2");
  }

  @Test
  void parse_aNodeDown_isNotWhole() throws IOException {
    assertThat(ClusterStatus.parse(json("down", 0, "\"node-1\"")).isWhole()).isFalse();
  }

  @Test
  void parse_copiesMissing_isNotWhole() throws IOException {
    assertThat(ClusterStatus.parse(json("up", 3, "\"node-1\"")).isWhole()).isFalse();
  }

  @Test
  void parse_noLeader_isEmpty() throws IOException {
    assertThat(ClusterStatus.parse(json("up", 0, "null")).leader()).isEmpty();
  }

  @Test
  void parse_noJson_fails() {
    assertThatIOException().isThrownBy(() -> ClusterStatus.parse("connection refused"));
  }

  @Test
  void parse_withoutPartitions_fails() {
    assertThatIOException().isThrownBy(() -> ClusterStatus.parse("{\"nodes\":[]}"));
  }

  private static String json(String state, int underReplicated, String leader) {
    return String.format(
        "{\"nodes\":[{\"name\":\"node-1\",\"state\":\"up\",\"zone\":\"\"},"
            + "{\"name\":\"node-2\",\"state\":\"%s\",\"zone\":\"\"}],"
            + "\"partitions\":{\"total\":256,\"underReplicated\":%d},\"metadata\":{\"leader\":%s}}",
        state, underReplicated, leader);
  }
}
