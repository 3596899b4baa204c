package io.sluice.cluster.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FormatKeeperTest {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final List<String> raised = new ArrayList<>();
  private final int[] active = {1, 1, 1, 1};
  private ClusterView view = view(1);
  private Set<Integer> led = Set.of(0, 1, 2, 3);

  private final MetadataStore store =
      new MetadataStore() {
        @Override
        public int shardCount() {
          return active.length;
        }

        @Override
        public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
          int format = command.getRaiseFormat().getFormat();
          active[shard] = format;
          raised.add(shard + ":" + format);
          return Uni.createFrom().item(Outcome.getDefaultInstance());
        }

        @Override
        public Uni<Answer> query(int shard, Query query, Duration deadline) {
          throw new UnsupportedOperationException();
        }
      };

  private final FormatKeeper keeper =
      new FormatKeeper(
          () -> view, shard -> led.contains(shard), shard -> active[shard], store, LIMIT, () -> {});

  private static NodeRecord node(String name, int oldest, int newest) {
    return NodeRecord.newBuilder().setName(name).setOldestFormat(oldest).setFormat(newest).build();
  }

  private static ClusterView view(int format, NodeRecord... nodes) {
    return ClusterView.of(
        ClusterState.newBuilder()
            .setRevision(1)
            .setFormat(format)
            .addAllNodes(List.of(nodes))
            .build());
  }

  private void look() {
    keeper.look().await().atMost(LIMIT);
  }

  @Test
  void look_oneNodeIsOlder_raisesNothing() {
    view = view(1, node("n1", 1, 2), node("n2", 0, 0), node("n3", 1, 2));
    look();
    assertThat(raised).isEmpty();
  }

  @Test
  void look_allNodesKnowMore_raisesShardZeroAndTheOthersAfterIt() {
    view = view(1, node("n1", 1, 3), node("n2", 1, 2));
    look();
    assertThat(raised).containsExactly("0:2");
    view = view(2, node("n1", 1, 3), node("n2", 1, 2));
    look();
    assertThat(raised).containsExactly("0:2", "1:2", "2:2", "3:2");
    look();
    assertThat(raised).hasSize(4);
  }

  @Test
  void look_shardLedByAnother_isLeftToIt() {
    led = Set.of(2);
    view = view(2, node("n1", 1, 2));
    look();
    assertThat(raised).containsExactly("2:2");
  }

  @Test
  void look_noFormatThatAllKnow_raisesNothing() {
    view = view(1, node("n1", 3, 4), node("n2", 1, 2));
    look();
    assertThat(raised).isEmpty();
  }
}
