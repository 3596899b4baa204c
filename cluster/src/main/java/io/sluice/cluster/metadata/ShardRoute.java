package io.sluice.cluster.metadata;

import io.sluice.storage.MetadataPeer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Who leads a shard, as far as it is known, and what time it is there. Any thread. */
final class ShardRoute {
  private final ShardClock clock = new ShardClock();
  private volatile @Nullable String leader;

  ShardClock clock() {
    return clock;
  }

  void learnLeader(String peer) {
    if (!peer.equals(leader)) {
      leader = peer;
    }
  }

  void doubt(String peer) {
    if (peer.equals(leader)) {
      leader = null;
    }
  }

  /**
   * Whom to ask next: who is believed to lead, else the peer of this node, which costs least and
   * mostly knows who leads, else any.
   *
   * @param tried who was asked already
   * @return null when all were
   */
  @Nullable String next(
      Map<String, MetadataPeer> peers, @Nullable String local, Set<String> tried) {
    String believed = leader;
    if (believed != null && peers.containsKey(believed) && !tried.contains(believed)) {
      return believed;
    }
    if (local != null && peers.containsKey(local) && !tried.contains(local)) {
      return local;
    }
    List<String> others = new ArrayList<>(peers.keySet());
    others.removeAll(tried);
    Collections.shuffle(others, ThreadLocalRandom.current());
    return others.isEmpty() ? null : others.get(0);
  }
}
