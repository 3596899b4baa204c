package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.NodeRecord;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeNewsTest {
  private final Set<String> silent = new HashSet<>();
  private final NodeNews news = new NodeNews("a", NodeNewsTest::view, new Hearing());

  private static ClusterView view() {
    ClusterState.Builder state = ClusterState.newBuilder().setRevision(1);
    for (String node : new String[] {"a", "b", "c"}) {
      state.addNodes(
          NodeRecord.newBuilder()
              .setName(node)
              .setIncarnation(node)
              .setInternalAddress(node + ":9001"));
    }
    return ClusterView.of(state.build());
  }

  private final class Hearing implements Liveness {
    @Override
    public boolean isUp(String node) {
      return !silent.contains(node);
    }

    @Override
    public Duration silentFor(String node) {
      return Duration.ZERO;
    }
  }

  @Test
  void look_changes_areToldOnce() {
    assertThat(news.look()).isEmpty();
    silent.add("b");
    silent.add("a");
    assertThat(news.look()).containsExactly("node b is silent (b:9001)");
    assertThat(news.look()).isEmpty();
    silent.clear();
    assertThat(news.look()).containsExactly("node b is heard again");
  }

  @Test
  void look_silentFromTheBeginning_isTold() {
    silent.add("c");
    assertThat(news.look()).containsExactly("node c is silent (c:9001)");
  }
}
