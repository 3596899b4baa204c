package io.sluice.app.cluster;

import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.view.ClusterView;
import io.sluice.metadata.voters.VoterCandidate;
import io.sluice.storage.proto.NodeRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Who may vote in the metadata: the registered nodes, zones taking turns. And who may not: the
 * removed.
 */
final class Voters {
  private final Liveness liveness;
  private final Duration downOut;

  Voters(Liveness liveness, Duration downOut) {
    this.liveness = liveness;
    this.downOut = downOut;
  }

  private record Ranked(int turn, NodeRecord node) {}

  List<VoterCandidate> of(ClusterView view) {
    Map<String, Integer> turns = new HashMap<>();
    List<Ranked> ranked = new ArrayList<>();
    view.all().stream()
        .filter(Voters::takesPart)
        .sorted(Comparator.comparing(NodeRecord::getName))
        .forEach(
            node -> ranked.add(new Ranked(turns.merge(node.getZone(), 1, Integer::sum), node)));
    ranked.sort(Comparator.comparingInt(Ranked::turn));
    Stream<VoterCandidate> registered =
        ranked.stream()
            .map(Ranked::node)
            .map(node -> new VoterCandidate(node.getPeerId(), node.getRaftAddress(), state(node)));
    Stream<String> kept =
        view.all().stream().filter(node -> !takesPart(node)).map(NodeRecord::getPeerId);
    Stream<VoterCandidate> removed =
        Stream.concat(view.gonePeers().stream(), kept.filter(peer -> !peer.isEmpty()))
            .map(peer -> new VoterCandidate(peer, "", VoterCandidate.State.REMOVED));
    return Stream.concat(registered, removed).toList();
  }

  /** Or else {@code --roles} keeps it from the metadata, and its seat is free if it had one. */
  private static boolean takesPart(NodeRecord node) {
    return !node.getPeerId().isEmpty() && !node.getRaftAddress().isEmpty();
  }

  private VoterCandidate.State state(NodeRecord node) {
    if (node.getState() == NodeRecord.State.NODE_DRAINING) {
      return VoterCandidate.State.DRAINING;
    }
    if (liveness.isUp(node.getName())) {
      return VoterCandidate.State.UP;
    }
    return liveness.silentFor(node.getName()).compareTo(downOut) >= 0
        ? VoterCandidate.State.GONE
        : VoterCandidate.State.DOWN;
  }
}
