package io.sluice.metadata.voters;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.metadata.raft.ShardVoter;
import io.sluice.metadata.voters.VoterCandidate.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Peer "a" leads. */
class VoterPlanTest {
  @Test
  void next_oneVoterAndAnotherIsUp_addsIt() {
    assertThat(plan(voters("a"), up("a", "b"))).isEqualTo(new VoterChange.Add(candidate("b")));
  }

  @Test
  void next_threeVoters_addsNoFourth() {
    assertThat(plan(voters("a", "b", "c"), up("a", "b", "c", "d")))
        .isNotInstanceOf(VoterChange.Add.class);
  }

  @Test
  void next_firstOfThoseWhoCould_isByPreference() {
    assertThat(plan(voters("a"), up("c", "a", "b"))).isEqualTo(new VoterChange.Add(candidate("c")));
  }

  @Test
  void next_goneVoterAndAnotherIsUp_replacesIt() {
    assertThat(plan(cSilent(), with("c", State.GONE, up("a", "b", "d"))))
        .isEqualTo(new VoterChange.Replace("c", candidate("d")));
  }

  @Test
  void next_goneVoterThatAnswersRaft_keepsItsSeat() {
    assertThat(plan(voters("a", "b", "c"), with("c", State.GONE, up("a", "b", "d"))))
        .isNotInstanceOfAny(VoterChange.Remove.class, VoterChange.Replace.class);
  }

  @Test
  void next_goneVoterAndNobodyElse_keepsIt() {
    assertThat(plan(cSilent(), with("c", State.GONE, up("a", "b"))))
        .isNotInstanceOfAny(VoterChange.Remove.class, VoterChange.Replace.class);
  }

  @Test
  void next_silentForAMoment_keepsIt() {
    assertThat(plan(voters("a", "b", "c"), with("c", State.DOWN, up("a", "b", "d"))))
        .isNotInstanceOfAny(VoterChange.Remove.class, VoterChange.Replace.class);
  }

  @Test
  void next_removedVoter_isRemovedIfTheOthersAnswer() {
    assertThat(plan(voters("a", "b", "c"), with("c", State.REMOVED, up("a", "b"))))
        .isEqualTo(new VoterChange.Remove("c"));
    List<ShardVoter> othersSilent = List.of(voter("a", 0), voter("b", 60_000), voter("c", 0));
    assertThat(plan(othersSilent, with("b", State.DOWN, with("c", State.REMOVED, up("a")))))
        .isEqualTo(new VoterChange.None());
  }

  @Test
  void next_removedVoterAndAnotherIsUp_replacesIt() {
    assertThat(plan(voters("a", "b", "c"), with("c", State.REMOVED, up("a", "b", "d"))))
        .isEqualTo(new VoterChange.Replace("c", candidate("d")));
  }

  /** Nodes register one after another: whoever comes last is not to lose its seat meanwhile. */
  @Test
  void next_votersOfWhomNothingIsKnown_keepTheirSeats() {
    assertThat(plan(voters("a", "b", "c"), up("a")))
        .isNotInstanceOfAny(VoterChange.Remove.class, VoterChange.Replace.class);
    assertThat(plan(voters("a", "b", "c"), up("a", "d")))
        .isNotInstanceOfAny(VoterChange.Remove.class, VoterChange.Replace.class);
    assertThat(plan(voters("a", "b", "c", "e"), up("a"))).isEqualTo(new VoterChange.None());
    assertThat(plan(voters("a", "b", "c"), up("b", "c"))).isEqualTo(new VoterChange.None());
  }

  @Test
  void next_leaderDrains_movesTheLeadAtOnce() {
    assertThat(plan(voters("a", "b", "c"), with("a", State.DRAINING, up("b", "c"))))
        .isInstanceOfSatisfying(
            VoterChange.HandOver.class, move -> assertThat(move.urgent()).isTrue());
  }

  @Test
  void next_onlyVoterDrains_addsOneToLeadFirst() {
    assertThat(plan(voters("a"), with("a", State.DRAINING, up("b"))))
        .isEqualTo(new VoterChange.Add(candidate("b")));
  }

  @Test
  void next_candidatesUnknown_changesNothing() {
    assertThat(plan(voters("a"), up("b"))).isEqualTo(new VoterChange.None());
  }

  @Test
  void next_aVoterIsDown_leadersStayWhereTheyAre() {
    for (int shard = 0; shard < 12; shard++) {
      VoterPlan plan =
          new VoterPlan(shard, "a", voters("a", "b", "c"), with("c", State.DOWN, up("a", "b")));
      assertThat(plan.next()).isEqualTo(new VoterChange.None());
    }
  }

  @Test
  void next_twelveShards_eachVoterLeadsFour() {
    Map<String, Integer> led = new HashMap<>();
    for (int shard = 0; shard < 12; shard++) {
      VoterChange change =
          new VoterPlan(shard, "a", voters("a", "b", "c"), up("a", "b", "c")).next();
      String leader = change instanceof VoterChange.HandOver move ? move.peerId() : "a";
      led.merge(leader, 1, Integer::sum);
    }
    assertThat(led).containsOnly(Map.entry("a", 4), Map.entry("b", 4), Map.entry("c", 4));
  }

  private static VoterChange plan(List<ShardVoter> voters, List<VoterCandidate> candidates) {
    return new VoterPlan(0, "a", voters, candidates).next();
  }

  private static List<ShardVoter> cSilent() {
    return List.of(voter("a", 0), voter("b", 0), voter("c", 600_000));
  }

  private static List<ShardVoter> voters(String... ids) {
    return Stream.of(ids).map(id -> voter(id, 0)).toList();
  }

  private static ShardVoter voter(String id, long silentMs) {
    return new ShardVoter(id, id + ":1", 0, silentMs);
  }

  private static List<VoterCandidate> up(String... ids) {
    return Stream.of(ids).map(VoterPlanTest::candidate).toList();
  }

  private static VoterCandidate candidate(String id) {
    return new VoterCandidate(id, id + ":1", State.UP);
  }

  private static List<VoterCandidate> with(String id, State state, List<VoterCandidate> others) {
    return Stream.concat(Stream.of(new VoterCandidate(id, id + ":1", state)), others.stream())
        .toList();
  }
}
