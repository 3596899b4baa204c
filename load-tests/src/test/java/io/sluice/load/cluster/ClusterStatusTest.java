package io.sluice.load.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ClusterStatusTest {

  private static final String THREE = "\"node-1\",\"node-2\",\"node-3\"";

  @Test
  void parse_allUpAndReplicated_isWhole() throws IOException {
    ClusterStatus status = ClusterStatus.parse(json("up", 0, "\"node-2\"", THREE));
    assertThat(status.isWhole()).isTrue();
    assertThat(status.leaders()).containsExactly("node-2");
  }

  @Test
  void parse_aNodeDown_isNotWhole() throws IOException {
    assertThat(ClusterStatus.parse(json("down", 0, "\"node-1\"", THREE)).isWhole()).isFalse();
  }

  @Test
  void parse_copiesMissing_isNotWhole() throws IOException {
    assertThat(ClusterStatus.parse(json("up", 3, "\"node-1\"", THREE)).isWhole()).isFalse();
  }

  @Test
  void parse_aVoterMissing_isNotWhole() throws IOException {
    String two = "\"node-1\",\"node-2\"";
    assertThat(ClusterStatus.parse(json("up", 0, "\"node-1\"", two)).isWhole()).isFalse();
  }

  @Test
  void with_voters_areTakenFromWhoKnowsThem() throws IOException {
    ClusterStatus follower = ClusterStatus.parse(json("up", 0, "\"node-1\"", ""));
    ClusterStatus leader = ClusterStatus.parse(json("up", 0, "\"node-1\"", THREE));
    assertThat(follower.with(leader).shards().get(0).voters()).hasSize(3);
  }

  @Test
  void parse_noLeader_isEmpty() throws IOException {
    assertThat(ClusterStatus.parse(json("up", 0, "null", "")).leaders()).isEmpty();
  }

  @Test
  void parse_noJson_fails() {
    assertThatIOException().isThrownBy(() -> ClusterStatus.parse("connection refused"));
  }

  @Test
  void parse_withoutPartitions_fails() {
    assertThatIOException().isThrownBy(() -> ClusterStatus.parse("{\"nodes\":[]}"));
  }

  private static String json(String state, int underReplicated, String leader, String voters) {
    return String.format(
        "{\"nodes\":[{\"name\":\"node-1\",\"state\":\"up\",\"zone\":\"\"},"
            + "{\"name\":\"node-2\",\"state\":\"%s\",\"zone\":\"\"},"
            + "{\"name\":\"node-3\",\"state\":\"up\",\"zone\":\"\"}],"
            + "\"partitions\":{\"total\":256,\"underReplicated\":%d},"
            + "\"metadata\":{\"shards\":[{\"shard\":0,\"leader\":%s,\"voters\":[%s]}]}}",
        state, underReplicated, leader, voters);
  }
}
