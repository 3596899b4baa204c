package io.sluice.app.cluster;

import io.sluice.app.node.Steps;
import io.sluice.cluster.metadata.RoutedMetadataStore;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/** Makes the way to the cluster's metadata, wherever its leaders are. */
final class MetadataRoute {
  private MetadataRoute() {}

  /**
   * Opens it; it ends with the steps.
   *
   * @param ownPeer this node's, which is asked first; null when it has none
   */
  static RoutedMetadataStore open(
      Steps steps, int shards, @Nullable String ownPeer, PeerDirectory peers) {
    ScheduledThreadPoolExecutor timers =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sluice-metadata-route");
              thread.setDaemon(true);
              return thread;
            });
    timers.setRemoveOnCancelPolicy(true);
    // Whoever still asks while this node stops gets no further attempt.
    timers.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    steps.push("metadata routing", timers, ScheduledThreadPoolExecutor::shutdownNow);
    return new RoutedMetadataStore(shards, ownPeer, peers::peers, timers, System::nanoTime);
  }
}
