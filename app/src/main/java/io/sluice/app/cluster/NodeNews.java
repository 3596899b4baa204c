package io.sluice.app.cluster;

import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.proto.NodeRecord;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once in the log when another node falls silent or is heard again. On one event loop. */
final class NodeNews {
  private static final Logger LOG = LoggerFactory.getLogger(NodeNews.class);
  private static final long INTERVAL_MS = 1_000;

  private final String self;
  private final Supplier<ClusterView> view;
  private final Liveness liveness;
  private final Map<String, Boolean> heard = new HashMap<>();

  /**
   * @param self this node's name
   */
  NodeNews(String self, Supplier<ClusterView> view, Liveness liveness) {
    this.self = self;
    this.view = view;
    this.liveness = liveness;
  }

  void start(Vertx vertx) {
    vertx.runOnContext(
        unused -> vertx.setPeriodic(INTERVAL_MS, timer -> look().forEach(LOG::info)));
  }

  /** What changed since the last look, a line each. */
  List<String> look() {
    List<String> news = new ArrayList<>();
    for (NodeRecord node : view.get().all()) {
      String name = node.getName();
      if (name.equals(self)) {
        continue;
      }
      boolean up = liveness.isUp(name);
      Boolean before = heard.put(name, up);
      if (before == null ? up : before == up) {
        continue;
      }
      news.add(
          up
              ? "node " + name + " is heard again"
              : "node " + name + " is silent (" + node.getInternalAddress() + ")");
    }
    heard.keySet().retainAll(view.get().nodes().keySet());
    return news;
  }
}
