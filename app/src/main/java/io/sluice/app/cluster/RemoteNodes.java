package io.sluice.app.cluster;

import io.sluice.cluster.channel.InternalClient;
import io.sluice.cluster.channel.RemoteNode;
import io.sluice.storage.proto.NodeRecord;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The other nodes, each with its own connections and breaker, wherever it is now. Any thread. */
final class RemoteNodes {
  private final InternalClient client;
  private final Map<String, Known> byName = new ConcurrentHashMap<>();
  private final Map<String, String> pinned = new ConcurrentHashMap<>();

  private static final class Known {
    private final RemoteNode node;
    private volatile String address;

    Known(InternalClient client, String name, String address) {
      this.address = address;
      this.node = client.node(name, () -> this.address);
    }
  }

  RemoteNodes(InternalClient client) {
    this.client = client;
  }

  RemoteNode of(NodeRecord record) {
    String pinned = this.pinned.get(record.getName());
    return of(record.getName(), pinned == null ? record.getInternalAddress() : pinned);
  }

  /** The node is at that address, whatever its record says, until {@link #unpin}. */
  void pin(String name, String address) {
    pinned.put(name, address);
  }

  void unpin(String name) {
    pinned.remove(name);
  }

  /**
   * A node, which is at that address from now on.
   *
   * @param address as the metadata or the node itself says, over the internal channel
   */
  RemoteNode of(String name, String address) {
    Known known = byName.computeIfAbsent(name, absent -> new Known(client, name, address));
    if (!known.address.equals(address)) {
      known.address = address;
    }
    return known.node;
  }

  /** How many of them do not answer, so that calls to them fail at once. */
  long unreachable() {
    return byName.values().stream().filter(known -> !known.node.isReachable()).count();
  }

  /** Forgets all others. */
  void retain(Set<String> names) {
    byName
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !names.contains(entry.getKey());
              if (gone) {
                entry.getValue().node.close();
              }
              return gone;
            });
  }

  void close() {
    retain(Set.of());
  }
}
