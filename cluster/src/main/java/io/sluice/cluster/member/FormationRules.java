package io.sluice.cluster.member;

import io.sluice.storage.proto.NodeIdentity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster is created once (decision 6). What would fork it, and why it does not:
 *
 * <ul>
 *   <li>Two nodes start at once: only the first of {@code --metadata-peers} creates, and only when
 *       nobody it asked was told of another first.
 *   <li>The first one lost its disk and comes back empty: it creates only after <em>all</em> the
 *       named peers answered and are empty too; one that belongs to a cluster is joined, one that
 *       does not answer is waited for.
 *   <li>A node's directory was copied, and both run: who starts later finds the other, and stops.
 *   <li>Hints are forged: only answers over the authenticated channel count.
 *   <li>The metadata directory is lost or swapped, and the disks are not: chunks know their
 *       cluster, and a node whose disks are of a cluster takes part in that one only.
 * </ul>
 *
 * Pure: the same answers give the same decision.
 */
final class FormationRules {
  private record Reached(String address, NodeIdentity identity) {
    boolean isMember() {
      return !clusterId().isEmpty();
    }

    String clusterId() {
      return identity.getClusterId();
    }

    String name() {
      return identity.getName();
    }
  }

  private final StartingNode node;
  private final List<Probed> probes;
  private final Set<String> members;
  private final Map<String, Reached> others;

  private FormationRules(StartingNode node, List<Probed> probes, Set<String> members) {
    this.node = node;
    this.probes = probes;
    this.members = members;
    this.others = new LinkedHashMap<>();
    reached().filter(other -> !other.name().equals(node.name())).forEach(this::add);
  }

  /**
   * @param probes what came of asking every address that hints named, in this round
   * @param members the names of those that Hazelcast sees: for words only, anybody may claim them
   */
  static Formation decide(StartingNode node, List<Probed> probes, Set<String> members) {
    return new FormationRules(node, probes, members).decide();
  }

  /** What is wrong with the node's own directories, whoever else is there; null when nothing is. */
  static Formation.@Nullable Refuse refusalOf(StartingNode node) {
    return new FormationRules(node, List.of(), Set.of()).foreignDisks();
  }

  /** Everyone who answered, by the name they gave, whatever name was expected. */
  private Stream<Reached> reached() {
    return probes.stream()
        .flatMap(
            probe ->
                probe.answer() == null
                    ? Stream.empty()
                    : Stream.of(new Reached(probe.address(), probe.answer())));
  }

  /** Of two that give the same name, the one that belongs to a cluster counts. */
  private void add(Reached other) {
    others.merge(other.name(), other, (one, two) -> one.isMember() ? one : two);
  }

  private Formation decide() {
    Formation refusal = rival();
    if (refusal == null) {
      refusal = copy();
    }
    if (refusal == null) {
      refusal = foreignDisks();
    }
    if (refusal != null) {
      return refusal;
    }
    return isMember() ? open() : enter();
  }

  private boolean isMember() {
    return !node.identity().getClusterId().isEmpty();
  }

  /** Another process of this name that is alive. A member stays; who has nothing yet gives way. */
  private @Nullable Formation rival() {
    return reached()
        .filter(other -> other.name().equals(node.name()))
        .filter(
            other -> !other.identity().getIncarnation().equals(node.identity().getIncarnation()))
        .filter(other -> other.isMember() || !isMember())
        .findFirst()
        .map(
            other ->
                new Formation.Refuse(
                    "another node named "
                        + node.name()
                        + " runs at "
                        + other.address()
                        + ": give this one another name (--node)"))
        .orElse(null);
  }

  /**
   * Another process with this node's very identity: one of the two runs on a copy of the other's
   * directory. Both would vote as the same peer, and might vote twice (INVARIANTS 6).
   */
  private @Nullable Formation copy() {
    return reached()
        .filter(other -> other.name().equals(node.name()))
        .filter(other -> other.identity().getIncarnation().equals(node.identity().getIncarnation()))
        .filter(other -> !other.identity().getProcess().equals(node.identity().getProcess()))
        .findFirst()
        .map(
            other ->
                new Formation.Refuse(
                    "node "
                        + node.name()
                        + " runs already, at "
                        + other.address()
                        + ", with a copy of this metadata directory: stop that one, or start this"
                        + " one with empty directories"))
        .orElse(null);
  }

  private Formation.@Nullable Refuse foreignDisks() {
    List<String> clusters = node.diskClusters().stream().sorted().toList();
    if (clusters.size() > 1) {
      return new Formation.Refuse(
          "the data directories belong to different clusters: " + String.join(", ", clusters));
    }
    if (isMember() && clusters.stream().anyMatch(id -> !id.equals(ownCluster()))) {
      return new Formation.Refuse(
          "the data directories belong to cluster "
              + clusters.get(0)
              + ", and the metadata directory to cluster "
              + ownCluster());
    }
    return null;
  }

  private String ownCluster() {
    return node.identity().getClusterId();
  }

  /**
   * This node's directory is of a cluster. It goes on even if it reaches nobody, or all would wait
   * for each other after a power cut; but not amid a majority of another cluster.
   */
  private Formation open() {
    long same = others.values().stream().filter(o -> o.clusterId().equals(ownCluster())).count();
    List<Reached> foreign =
        others.values().stream()
            .filter(other -> other.isMember() && !other.clusterId().equals(ownCluster()))
            .toList();
    if (foreign.size() > same) {
      Reached other = foreign.get(0);
      return new Formation.Refuse(
          "the metadata directory belongs to cluster "
              + ownCluster()
              + ", but "
              + at(other)
              + " belongs to cluster "
              + other.clusterId()
              + ": start with that cluster's directory or an empty one, or with another --join");
    }
    return new Formation.Open(ownCluster());
  }

  /** This node's metadata directory is empty. */
  private Formation enter() {
    List<Reached> members =
        others.values().stream()
            .filter(Reached::isMember)
            .sorted(Comparator.comparing(this::rank).thenComparing(Reached::name))
            .toList();
    return members.isEmpty() ? createOrWait() : join(members);
  }

  /** Named peers first, in their order. */
  private int rank(Reached other) {
    int index = node.metadataPeers().indexOf(other.name());
    return index < 0 ? Integer.MAX_VALUE : index;
  }

  private Formation join(List<Reached> members) {
    List<Reached> named =
        members.stream().filter(member -> rank(member) < Integer.MAX_VALUE).toList();
    // Who was named says which cluster is meant; a stray node of another one does not change that.
    Map<String, Reached> clusters =
        (named.isEmpty() ? members : named)
            .stream()
                .collect(
                    Collectors.toMap(
                        Reached::clusterId,
                        Function.identity(),
                        (one, two) -> one,
                        LinkedHashMap::new));
    if (clusters.size() > 1) {
      return new Formation.Refuse(
          clusters.values().stream()
                  .map(member -> at(member) + " belongs to cluster " + member.clusterId())
                  .collect(Collectors.joining(", "))
              + ": stop what is not of this cluster, or change --join");
    }
    Reached member = clusters.values().iterator().next();
    Optional<String> ownDisks = diskCluster();
    if (ownDisks.isPresent() && !ownDisks.get().equals(member.clusterId())) {
      return new Formation.Refuse(
          "the data directories belong to cluster "
              + ownDisks.get()
              + ", but "
              + at(member)
              + " belongs to cluster "
              + member.clusterId()
              + ": start with empty directories, or with another --join");
    }
    return new Formation.Join(
        member.clusterId(),
        member.identity().getShards(),
        member.identity().getEpoch(),
        member.name(),
        member.address());
  }

  private Optional<String> diskCluster() {
    return node.diskClusters().stream().findFirst();
  }

  private Formation createOrWait() {
    if (node.metadataPeers().isEmpty()) {
      return new Formation.Wait(
          "waiting for a cluster to join: none of the "
              + others.size()
              + " nodes seen belongs to one (does --join lead to it, are secret and certificates the"
              + " same?), and without --metadata-peers none is created here");
    }
    for (Reached other : others.values()) {
      String creator = other.identity().getCreator();
      if (!creator.isEmpty() && !creator.equals(node.creator())) {
        return new Formation.Refuse(
            at(other)
                + " was told that "
                + creator
                + " creates the cluster, and this node that "
                + node.creator()
                + " does: give both the same --metadata-peers");
      }
    }
    if (!node.creator().equals(node.name())) {
      return follow();
    }
    List<String> missing = missingPeers();
    if (!missing.isEmpty()) {
      return new Formation.Wait("waiting for " + String.join("; ", missing));
    }
    return create();
  }

  /** Another creates the cluster: what that was told counts. */
  private Formation follow() {
    Reached creator = others.get(node.creator());
    if (creator == null) {
      return new Formation.Wait(
          "waiting for "
              + node.creator()
              + " ("
              + whyMissing(node.creator())
              + ") to create the cluster");
    }
    String contradiction = contradiction(node.identity(), creator.identity());
    return contradiction == null
        ? new Formation.Wait("waiting for " + node.creator() + " to create the cluster")
        : new Formation.Refuse(
            at(creator)
                + ", which creates the cluster, was told "
                + contradiction
                + ": give both the same");
  }

  /** What two nodes were told that can't both be; null when nothing is. */
  private static @Nullable String contradiction(NodeIdentity node, NodeIdentity creator) {
    if (node.getReplicas() > 0
        && creator.getReplicas() > 0
        && node.getReplicas() != creator.getReplicas()) {
      return "--replicas "
          + creator.getReplicas()
          + ", and "
          + node.getName()
          + " "
          + node.getReplicas();
    }
    if (!node.getMetadataPeersList().isEmpty()
        && !creator.getMetadataPeersList().isEmpty()
        && !Set.copyOf(node.getMetadataPeersList())
            .equals(Set.copyOf(creator.getMetadataPeersList()))) {
      return "--metadata-peers of "
          + String.join(", ", creator.getMetadataPeersList())
          + ", and "
          + node.getName()
          + " of "
          + String.join(", ", node.getMetadataPeersList());
    }
    return null;
  }

  private Formation create() {
    Optional<String> ownDisks = diskCluster();
    if (ownDisks.isPresent()) {
      return new Formation.Refuse(
          "the data directories belong to cluster "
              + ownDisks.get()
              + ", whose metadata is not here nor at any of --metadata-peers: "
              + "start with its --metadata-dir, or with empty directories");
    }
    long disks =
        node.identity().getDisks()
            + others.values().stream().mapToLong(other -> other.identity().getDisks()).sum();
    if (disks < node.disksNeeded()) {
      return new Formation.Wait(
          "waiting for "
              + node.disksNeeded()
              + " storage verticles, as many as there are replicas; "
              + disks
              + " are there");
    }
    return new Formation.Create(storageNodes());
  }

  private int storageNodes() {
    long named =
        node.metadataPeers().stream()
            .map(others::get)
            .filter(other -> other != null && other.identity().getDisks() > 0)
            .count();
    return (int) named + (node.identity().getDisks() > 0 ? 1 : 0);
  }

  /** Each named peer that did not answer, or was told something else, with the reason. */
  private List<String> missingPeers() {
    List<String> missing = new ArrayList<>();
    for (String peer : node.metadataPeers()) {
      Reached other = others.get(peer);
      if (peer.equals(node.name())) {
        continue;
      }
      if (other == null) {
        missing.add(peer + " (" + whyMissing(peer) + ")");
        continue;
      }
      String contradiction = contradiction(other.identity(), node.identity());
      if (contradiction != null) {
        missing.add(peer + " with the same options; this one was told " + contradiction);
      }
    }
    return missing;
  }

  private String whyMissing(String peer) {
    return probes.stream()
        .filter(probe -> probe.name().equals(peer))
        .findFirst()
        .map(
            probe ->
                probe.answer() == null
                    ? probe.address() + ": " + probe.failure()
                    : probe.address() + " answers as " + probe.answer().getName())
        .orElse(
            members.contains(peer)
                ? "joined, no report yet: if that stays, can nodes reach each other's "
                    + "--bus-address, are their secrets and certificates the same?"
                : "not seen: is it running, does --join lead to it, "
                    + "are its cluster name, secret and certificates the same?");
  }

  private static String at(Reached other) {
    return other.name() + " at " + other.address();
  }
}
