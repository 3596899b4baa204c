package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.proto.NodeIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FormationRulesTest {
  private static final List<String> PEERS = List.of("n1", "n2", "n3");
  private static final String CLUSTER = "cluster-a";
  private static final String OTHER = "cluster-b";

  @Test
  void firstPeer_allNamedReachedAndEmpty_creates() {
    assertThat(decide(empty("n1"), reached(empty("n2"), empty("n3"))))
        .isEqualTo(new Formation.Create(3));
  }

  @Test
  void firstPeer_onePeerNotSeen_waitsAndNamesIt() {
    assertWaits(decide(empty("n1"), reached(empty("n2"))), "n3 (not seen");
  }

  /** Its hints come a moment later, or never if the event bus's port is closed. */
  @Test
  void firstPeer_onePeerIsAMemberWithoutHints_isNotCalledUnseen() {
    StartingNode first = starting(empty("n1"), PEERS, 0);
    Formation decision = FormationRules.decide(first, reached(empty("n2")), Set.of("n2", "n3"));
    assertWaits(decision, "n3 (joined, no report yet");
  }

  @Test
  void firstPeer_onePeerUnreachable_waitsAndSaysWhy() {
    List<Probed> probes = new ArrayList<>(reached(empty("n2")));
    probes.add(Probed.failed("n3", "h3:1", "connection refused"));
    assertWaits(decide(empty("n1"), probes), "n3 (h3:1: connection refused)");
  }

  @Test
  void firstPeer_addressOfPeerAnswersAsAnother_waits() {
    List<Probed> probes = new ArrayList<>(reached(empty("n2")));
    probes.add(Probed.answered("n3", "h9:1", empty("n9")));
    assertWaits(decide(empty("n1"), probes), "n3 (h9:1 answers as n9)");
  }

  @Test
  void firstPeer_lostItsDiskWhileOthersAreMembers_joinsThem() {
    assertThat(decide(empty("n1"), reached(member("n2", CLUSTER), member("n3", CLUSTER))))
        .isEqualTo(new Formation.Join(CLUSTER, 4, 1, "n2", "h-n2:1"));
  }

  @Test
  void firstPeer_lostItsDiskAndOneOtherIsEmpty_joinsTheMember() {
    assertThat(decide(empty("n1"), reached(empty("n2"), member("n3", CLUSTER))))
        .isEqualTo(new Formation.Join(CLUSTER, 4, 1, "n3", "h-n3:1"));
  }

  @Test
  void firstPeer_lostItsDiskAndMembersDoNotAnswer_neverCreates() {
    List<Probed> probes = new ArrayList<>(reached(empty("n2")));
    probes.add(Probed.failed("n3", "h3:1", "timeout"));
    assertWaits(decide(empty("n1"), probes), "n3");
    assertWaits(decide(empty("n1"), List.of()), "n2");
  }

  @Test
  void firstPeer_memberThatWasNotNamed_isJoinedThoughNamedOnesAreEmpty() {
    assertThat(decide(empty("n1"), reached(empty("n2"), empty("n3"), member("n7", CLUSTER))))
        .isEqualTo(new Formation.Join(CLUSTER, 4, 1, "n7", "h-n7:1"));
  }

  @Test
  void twoEmptyNodesAtOnce_onlyTheFirstCreates() {
    StartingNode first = starting(empty("n1"), List.of("n1", "n2"), 0);
    StartingNode second = starting(empty("n2"), List.of("n1", "n2"), 0);
    assertThat(rule(first, reached(empty("n2")))).isInstanceOf(Formation.Create.class);
    assertWaits(rule(second, reached(empty("n1"))), "n1 to create");
  }

  @Test
  void peersWithDifferentLists_bothRefuse() {
    StartingNode one = starting(told("n1", "n1"), List.of("n1", "n2"), 0);
    StartingNode two = starting(told("n2", "n2"), List.of("n2", "n1"), 0);
    assertRefuses(rule(one, reached(two.identity())), "the same --metadata-peers");
    assertRefuses(rule(two, reached(one.identity())), "the same --metadata-peers");
  }

  @Test
  void peersToldDifferentReplicas_theCreatorsCount() {
    NodeIdentity creator = told("n1", "n1").toBuilder().setReplicas(3).build();
    NodeIdentity other = told("n2", "n1").toBuilder().setReplicas(2).build();
    StartingNode one = starting(creator, List.of("n1", "n2"), 0);
    StartingNode two = starting(other, List.of("n1", "n2"), 0);
    assertRefuses(
        rule(two, reached(creator)),
        "n1 at h-n1:1, which creates the cluster, was told --replicas 3, and n2 2");
    assertWaits(rule(one, reached(other)), "n2 with the same options");
    assertThat(rule(one, reached(told("n2", "n1")))).isInstanceOf(Formation.Create.class);
  }

  @Test
  void peersToldOfDifferentPeers_theCreatorsCount() {
    NodeIdentity creator =
        told("n1", "n1").toBuilder().addMetadataPeers("n1").addMetadataPeers("n2").build();
    NodeIdentity other =
        told("n2", "n1").toBuilder()
            .addMetadataPeers("n1")
            .addMetadataPeers("n2")
            .addMetadataPeers("n3")
            .build();
    StartingNode two = starting(other, List.of("n1", "n2", "n3"), 0);
    assertRefuses(rule(two, reached(creator)), "--metadata-peers of n1, n2, and n2 of n1, n2, n3");
  }

  @Test
  void namedPeersWithoutDisks_doNotCountAsPlaces() {
    NodeIdentity bare = empty("n2").toBuilder().setDisks(0).build();
    assertThat(rule(starting(empty("n1"), List.of("n1", "n2"), 0), reached(bare)))
        .isEqualTo(new Formation.Create(1));
  }

  @Test
  void peerThatWasToldOfNoPeers_doesNotStopCreation() {
    StartingNode one = starting(told("n1", "n1"), List.of("n1", "n2"), 0);
    assertThat(rule(one, reached(told("n2", "")))).isInstanceOf(Formation.Create.class);
  }

  @Test
  void soleNamedPeer_nobodyElse_creates() {
    assertThat(rule(starting(empty("n1"), List.of("n1"), 0), List.of()))
        .isInstanceOf(Formation.Create.class);
  }

  @Test
  void tooFewDisks_waits() {
    StartingNode node = starting(empty("n1"), List.of("n1", "n2"), 3);
    assertWaits(rule(node, reached(empty("n2"))), "3 storage verticles");
    assertThat(rule(node, reached(empty("n2"), empty("n8")))).isInstanceOf(Formation.Create.class);
  }

  @Test
  void withoutMetadataPeers_waitsForEver_andJoinsWhatComes() {
    StartingNode node = starting(empty("n4"), List.of(), 0);
    assertWaits(rule(node, List.of()), "without --metadata-peers");
    assertWaits(rule(node, reached(empty("n1"))), "without --metadata-peers");
    assertThat(rule(node, reached(member("n2", CLUSTER)))).isInstanceOf(Formation.Join.class);
  }

  @Test
  void notNamed_namedOnesEmpty_waits() {
    assertWaits(
        decide(empty("n4"), reached(empty("n1"), empty("n2"), empty("n3"))), "n1 to create");
  }

  @Test
  void joining_prefersNamedPeersInTheirOrder() {
    Formation decision =
        decide(
            empty("n4"),
            reached(member("a", CLUSTER), member("n3", CLUSTER), member("n2", CLUSTER)));
    assertThat(((Formation.Join) decision).from()).isEqualTo("n2");
  }

  @Test
  void joining_namedPeersOfTwoClusters_refuses() {
    assertRefuses(
        decide(empty("n1"), reached(member("n2", CLUSTER), member("n3", OTHER))),
        "n2 at h-n2:1 belongs to cluster cluster-a");
  }

  @Test
  void joining_strayNodeOfAnotherCluster_followsTheNamedOnes() {
    Formation decision = decide(empty("n1"), reached(member("x", OTHER), member("n3", CLUSTER)));
    assertThat(((Formation.Join) decision).clusterId()).isEqualTo(CLUSTER);
  }

  @Test
  void member_nobodyAnswers_opens() {
    List<Probed> probes = List.of(Probed.failed("n2", "h2:1", "timeout"));
    assertThat(decide(member("n1", CLUSTER), probes)).isEqualTo(new Formation.Open(CLUSTER));
  }

  @Test
  void member_othersEmptyOrOfTheSame_opens() {
    assertThat(decide(member("n1", CLUSTER), reached(empty("n2"), member("n3", CLUSTER))))
        .isEqualTo(new Formation.Open(CLUSTER));
  }

  @Test
  void member_othersOfAnotherCluster_refuses() {
    assertRefuses(
        decide(member("n9", OTHER), reached(member("n1", CLUSTER), member("n2", CLUSTER))),
        "belongs to cluster cluster-b, but n1 at h-n1:1 belongs to cluster cluster-a");
  }

  @Test
  void member_strayNodeOfAnotherClusterBesideItsOwn_opens() {
    assertThat(decide(member("n1", CLUSTER), reached(member("n2", CLUSTER), member("x", OTHER))))
        .isEqualTo(new Formation.Open(CLUSTER));
  }

  @Test
  void sameNameOtherIncarnationAlive_refuses() {
    NodeIdentity rival = empty("n1").toBuilder().setIncarnation("another").build();
    assertRefuses(decide(empty("n1"), reached(rival)), "another node named n1 runs at h-n1:1");
    NodeIdentity memberRival = member("n1", CLUSTER).toBuilder().setIncarnation("another").build();
    assertRefuses(decide(empty("n1"), reached(memberRival)), "another node named n1");
    assertRefuses(decide(member("n1", CLUSTER), reached(memberRival)), "another node named n1");
  }

  @Test
  void sameNameOtherIncarnation_memberDoesNotGiveWayToAnEmptyOne() {
    NodeIdentity rival = empty("n1").toBuilder().setIncarnation("another").build();
    assertThat(decide(member("n1", CLUSTER), reached(rival)))
        .isEqualTo(new Formation.Open(CLUSTER));
  }

  @Test
  void ownAnswerThroughAnotherAddress_isNoRival() {
    assertThat(decide(member("n1", CLUSTER), reached(member("n1", CLUSTER))))
        .isEqualTo(new Formation.Open(CLUSTER));
  }

  /** INVARIANTS 6: a voter that runs twice votes twice. */
  @Test
  void sameIncarnationInAnotherProcess_refuses() {
    NodeIdentity self = member("n1", CLUSTER).toBuilder().setProcess("one").build();
    NodeIdentity copy = self.toBuilder().setProcess("two").build();
    assertRefuses(
        decide(self, reached(copy, member("n2", CLUSTER))),
        "node n1 runs already, at h-n1:1, with a copy of this metadata directory");
    assertThat(decide(self, reached(self))).isEqualTo(new Formation.Open(CLUSTER));
  }

  @Test
  void disksOfTheClusterMetadataLost_joinsThatClusterOnly() {
    StartingNode node = new StartingNode(empty("n1"), Set.of(CLUSTER), PEERS, 0);
    assertThat(rule(node, reached(member("n2", CLUSTER)))).isInstanceOf(Formation.Join.class);
    assertRefuses(
        rule(node, reached(member("n2", OTHER))),
        "the data directories belong to cluster cluster-a, but n2");
  }

  @Test
  void disksOfAClusterAndEverybodyEmpty_refusesToCreate() {
    StartingNode node = new StartingNode(empty("n1"), Set.of(CLUSTER), PEERS, 0);
    assertRefuses(rule(node, reached(empty("n2"), empty("n3"))), "whose metadata is not here");
  }

  @Test
  void disksOfTwoClusters_refuses() {
    StartingNode node = new StartingNode(empty("n1"), Set.of(CLUSTER, OTHER), PEERS, 0);
    assertRefuses(rule(node, List.of()), "different clusters");
  }

  @Test
  void disksAndMetadataOfDifferentClusters_refuses() {
    StartingNode node = new StartingNode(member("n1", CLUSTER), Set.of(OTHER), PEERS, 0);
    assertRefuses(rule(node, List.of()), "and the metadata directory to cluster");
  }

  @Test
  void metadataPeers_namedTwice_isRefused() {
    assertThatThrownBy(() -> starting(empty("n1"), List.of("n1", "n1"), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /**
   * Every combination of what three named peers can be (empty, a member, not there), for each of
   * them as the one that starts: while a member exists, nobody creates; of empty nodes, at most one
   * does; and nobody creates unless all of them answer.
   */
  @Test
  void everyCombinationOfPeers_neverForks() {
    for (int states = 0; states < 27; states++) {
      int[] state = {states % 3, states / 3 % 3, states / 9};
      boolean anyMember = state[0] == 1 || state[1] == 1 || state[2] == 1;
      boolean allThere = state[0] != 2 && state[1] != 2 && state[2] != 2;
      int creators = 0;
      for (int self = 0; self < 3; self++) {
        if (state[self] == 0 && creates(state, self)) {
          creators++;
        }
      }
      assertThat(creators)
          .as("states %s", List.of(state[0], state[1], state[2]))
          .isEqualTo(!anyMember && allThere ? 1 : 0);
    }
  }

  private static boolean creates(int[] state, int self) {
    List<Probed> probes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = PEERS.get(i);
      if (i != self && state[i] != 2) {
        NodeIdentity identity = state[i] == 1 ? member(name, CLUSTER) : empty(name);
        probes.add(Probed.answered(name, "h-" + name + ":1", identity));
      }
    }
    return decide(empty(PEERS.get(self)), probes) instanceof Formation.Create;
  }

  private static Formation decide(NodeIdentity self, List<Probed> probes) {
    return rule(starting(self, PEERS, 0), probes);
  }

  private static StartingNode starting(NodeIdentity self, List<String> peers, int disksNeeded) {
    return new StartingNode(self, Set.of(), peers, disksNeeded);
  }

  private static List<Probed> reached(NodeIdentity... others) {
    List<Probed> probes = new ArrayList<>();
    for (NodeIdentity other : others) {
      probes.add(Probed.answered(other.getName(), "h-" + other.getName() + ":1", other));
    }
    return probes;
  }

  private static NodeIdentity empty(String name) {
    return NodeIdentity.newBuilder()
        .setName(name)
        .setIncarnation("incarnation-" + name)
        .setDisks(1)
        .build();
  }

  private static NodeIdentity told(String name, String creator) {
    return empty(name).toBuilder().setCreator(creator).build();
  }

  private static NodeIdentity member(String name, String cluster) {
    return empty(name).toBuilder().setClusterId(cluster).setShards(4).setEpoch(1).build();
  }

  private static Formation rule(StartingNode node, List<Probed> probes) {
    return FormationRules.decide(node, probes, Set.of());
  }

  private static void assertWaits(Formation decision, String reason) {
    assertThat(decision).isInstanceOf(Formation.Wait.class);
    assertThat(((Formation.Wait) decision).reason()).contains(reason);
  }

  private static void assertRefuses(Formation decision, String reason) {
    assertThat(decision).isInstanceOf(Formation.Refuse.class);
    assertThat(((Formation.Refuse) decision).reason()).contains(reason);
  }
}
