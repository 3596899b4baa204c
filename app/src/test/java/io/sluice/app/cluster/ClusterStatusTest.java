package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.layout.ProbedLiveness;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.MetadataFigures;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.ShardVoters;
import io.sluice.storage.proto.SyncAnswer;
import io.sluice.storage.proto.SyncItem;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ClusterStatusTest {
  private static final ClusterView VIEW =
      new ClusterView(
          1,
          new Layout(1, 2, List.of(List.of("d1", "d2"), List.of("d2", "d3"), List.of("d3", "d1"))),
          Map.of(),
          Map.of("d1", "n1", "d2", "n2", "d3", "n3"),
          Map.of(),
          Set.of(),
          1);
  private static final SyncAnswer NOTHING = SyncAnswer.getDefaultInstance();

  @Test
  void unproven_allAnsweredThatTheyLackNothing_isEmpty() {
    assertThat(
            ClusterStatus.unproven(
                VIEW,
                Set.of("n1", "n2", "n3"),
                Map.of("n1", NOTHING, "n2", NOTHING, "n3", NOTHING)))
        .isEmpty();
  }

  @Test
  void unproven_whatANodeSaysItMayLack_counts() {
    SyncAnswer lacks =
        SyncAnswer.newBuilder().addUnproven(SyncItem.newBuilder().setPartition(2)).build();
    assertThat(ClusterStatus.unproven(VIEW, Set.of("n1"), Map.of("n1", lacks))).containsExactly(2);
  }

  /** Each leader knows who votes in the shards that it leads. */
  @Test
  void voters_eachLeadersAnswer_namesThoseOfItsShards() {
    SyncAnswer first = leads(0, "p1", "p2");
    SyncAnswer second = leads(1, "p2", "p3");
    assertThat(ClusterStatus.voters(List.of(first, NOTHING, second)))
        .isEqualTo(Map.of(0, List.of("p1", "p2"), 1, List.of("p2", "p3")));
  }

  @ParameterizedTest
  @CsvSource({
    "JOINED, 'joined, no report yet'",
    "UNHEARD, 'reports do not arrive: check that nodes reach each other''s --hazelcast-address'",
    "UNANSWERING, does not answer at 10.0.0.1:7000"
  })
  void note_whatIsKnownDoesNotFit_isSaid(ProbedLiveness.Standing standing, String said) {
    NodeRecord node = NodeRecord.newBuilder().setInternalAddress("10.0.0.1:7000").build();
    assertThat(ClusterStatus.note(standing, node)).contains(said);
  }

  @ParameterizedTest
  @EnumSource(names = {"HEARD", "SILENT"})
  void note_theStateSaysItAll_isNone(ProbedLiveness.Standing standing) {
    assertThat(ClusterStatus.note(standing, NodeRecord.getDefaultInstance())).isNull();
  }

  private static SyncAnswer leads(int shard, String... peers) {
    return SyncAnswer.newBuilder()
        .setMetadata(
            MetadataFigures.newBuilder()
                .addLed(ShardVoters.newBuilder().setShard(shard).addAllPeerIds(List.of(peers))))
        .build();
  }

  @Test
  void space_followersDiskIsFull_isSaid() {
    SyncAnswer full =
        SyncAnswer.newBuilder()
            .setMetadata(MetadataFigures.newBuilder().setFull(true).setFreeBytes(7))
            .build();
    assertThat(ClusterStatus.space(full))
        .isEqualTo(new JsonObject().put("full", true).put("freeBytes", 7L));
    assertThat(ClusterStatus.space(NOTHING)).isNull();
  }

  /** One that was paused is up again before it knows what it missed. */
  @Test
  void unproven_nodeThatIsUpAndDoesNotAnswer_countsForAllItHolds() {
    assertThat(
            ClusterStatus.unproven(
                VIEW, Set.of("n1", "n2", "n3"), Map.of("n1", NOTHING, "n3", NOTHING)))
        .containsExactlyInAnyOrder(0, 1);
  }
}
