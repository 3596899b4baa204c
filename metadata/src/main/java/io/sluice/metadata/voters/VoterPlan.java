package io.sluice.metadata.voters;

import io.sluice.metadata.raft.ShardVoter;
import io.sluice.metadata.voters.VoterCandidate.State;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The next step for one shard, from who votes and who could.
 *
 * <p>Three voters, or as many as there are peers, if fewer. A voter that is fine stays, whoever
 * comes; one that left, leaves or is gone is replaced in one step, or else removed where what is
 * left has a majority that answers. One that is gone for long and that nobody can replace stays:
 * removing it would win nothing, and when it comes back it has its place.
 *
 * <p>A voter of which nothing is known stays as well. Who lists the candidates may be behind, as it
 * is while a cluster forms or just after a start; only a word about a voter costs it its seat,
 * never the lack of one.
 */
final class VoterPlan {
  static final int VOTERS = 3;

  /** A voter that answered no longer ago than this counts for a majority, in milliseconds. */
  private static final long SILENT_MS_MAX = 5_000;

  /** A voter that is this far behind does not get the lead, in entries. */
  private static final long BEHIND_MAX = 1_000;

  private final int shard;
  private final String self;
  private final List<ShardVoter> voters;
  private final List<VoterCandidate> candidates;
  private final Map<String, VoterCandidate> byId;

  /**
   * Looks at a shard.
   *
   * @param self the peer that leads it
   * @param candidates in order of preference
   */
  VoterPlan(int shard, String self, List<ShardVoter> voters, List<VoterCandidate> candidates) {
    this.shard = shard;
    this.self = self;
    this.voters = voters;
    this.candidates = candidates;
    this.byId =
        candidates.stream()
            .collect(
                Collectors.toMap(
                    VoterCandidate::peerId, Function.identity(), (first, second) -> first));
  }

  VoterChange next() {
    VoterCandidate own = byId.get(self);
    if (own == null) {
      // Not even this peer is known: whoever lists the candidates does not know them yet.
      return new VoterChange.None();
    }
    if (own.state() == State.DRAINING || own.state() == State.REMOVED) {
      VoterChange left = leave();
      if (!(left instanceof VoterChange.None)) {
        return left;
      }
    }
    VoterChange members = members();
    return members instanceof VoterChange.None ? spread() : members;
  }

  /** This peer is to leave: another has to lead first, or to become a voter for that. */
  private VoterChange leave() {
    return eligible()
        .filter(voter -> !voter.peerId().equals(self))
        .max(Comparator.comparingLong(voter -> weight(shard, voter.peerId())))
        .<VoterChange>map(voter -> new VoterChange.HandOver(voter.peerId(), true))
        .orElseGet(
            () -> fresh().<VoterChange>map(VoterChange.Add::new).orElseGet(VoterChange.None::new));
  }

  private VoterChange members() {
    Optional<VoterCandidate> fresh = fresh();
    ShardVoter bad = worst();
    if (bad != null && fresh.isPresent() && voters.size() <= VOTERS) {
      return new VoterChange.Replace(bad.peerId(), fresh.get());
    }
    if (voters.size() < VOTERS && fresh.isPresent()) {
      return new VoterChange.Add(fresh.get());
    }
    if (bad != null && mayShrink(bad)) {
      return new VoterChange.Remove(bad.peerId());
    }
    if (voters.size() > VOTERS) {
      return surplus();
    }
    return new VoterChange.None();
  }

  private Optional<VoterCandidate> fresh() {
    return candidates.stream()
        .filter(VoterCandidate::isUp)
        .filter(candidate -> voters.stream().noneMatch(v -> v.peerId().equals(candidate.peerId())))
        .findFirst();
  }

  /** The voter that should go first: one that was removed, one that is gone, one that drains. */
  private @Nullable ShardVoter worst() {
    return voters.stream()
        .filter(voter -> !voter.peerId().equals(self) && badness(voter) > 0)
        .max(Comparator.comparingInt(this::badness))
        .orElse(null);
  }

  private int badness(ShardVoter voter) {
    VoterCandidate known = byId.get(voter.peerId());
    if (known == null) {
      return 0;
    }
    return switch (known.state()) {
      case REMOVED -> 3;
      // Whoever says so asked elsewhere. One that answers here votes, and costs nothing.
      case GONE -> answers(voter) ? 0 : 2;
      case DRAINING -> 1;
      case UP, DOWN -> 0;
    };
  }

  private boolean mayShrink(ShardVoter without) {
    State state = Objects.requireNonNull(byId.get(without.peerId())).state();
    boolean leaves = state == State.REMOVED || state == State.DRAINING;
    return (leaves || voters.size() > VOTERS) && majorityAnswers(without.peerId());
  }

  private boolean majorityAnswers(String without) {
    List<ShardVoter> left =
        voters.stream().filter(voter -> !voter.peerId().equals(without)).toList();
    long answering = left.stream().filter(VoterPlan::answers).count();
    return answering > left.size() / 2;
  }

  private static boolean answers(ShardVoter voter) {
    return voter.silentMs() <= SILENT_MS_MAX;
  }

  private VoterChange surplus() {
    List<String> order = candidates.stream().map(VoterCandidate::peerId).toList();
    return voters.stream()
        .map(ShardVoter::peerId)
        .filter(voter -> !voter.equals(self) && byId.containsKey(voter) && majorityAnswers(voter))
        .max(Comparator.comparingInt(order::indexOf))
        .<VoterChange>map(VoterChange.Remove::new)
        .orElseGet(VoterChange.None::new);
  }

  private Stream<ShardVoter> eligible() {
    return voters.stream()
        .filter(
            voter -> {
              VoterCandidate known = byId.get(voter.peerId());
              return known != null
                  && known.isUp()
                  && answers(voter)
                  && voter.behind() <= BEHIND_MAX;
            });
  }

  /**
   * Only while every voter is well: a move stops commands for a moment, and may fail and leave an
   * election, which a shard that has lost a voter can do without.
   */
  private VoterChange spread() {
    String wanted = eligible().count() == voters.size() ? preferredLeader() : null;
    return wanted == null || wanted.equals(self)
        ? new VoterChange.None()
        : new VoterChange.HandOver(wanted, false);
  }

  /**
   * Who should lead: by rendezvous of shard and peer, among those who lead the fewest of the shards
   * before it. Every leader reckons that for all shards in the same order, and comes to the same as
   * long as they have the same voters.
   */
  private @Nullable String preferredLeader() {
    List<String> able = eligible().map(ShardVoter::peerId).sorted().toList();
    if (able.isEmpty()) {
      return null;
    }
    Map<String, Integer> led = new HashMap<>();
    String chosen = null;
    for (int each = 0; each <= shard; each++) {
      int number = each;
      int fewest = able.stream().mapToInt(peer -> led.getOrDefault(peer, 0)).min().orElse(0);
      chosen =
          able.stream()
              .filter(peer -> led.getOrDefault(peer, 0) == fewest)
              .max(Comparator.comparingLong(peer -> weight(number, peer)))
              .orElse(null);
      led.merge(Objects.requireNonNull(chosen), 1, Integer::sum);
    }
    return chosen;
  }

  /** FNV-1a over both, then mixed (SplitMix64), so that neighbouring shards differ in all bits. */
  private static long weight(int shard, String peerId) {
    long hash = 0xcbf29ce484222325L ^ shard;
    for (int i = 0; i < peerId.length(); i++) {
      hash = (hash ^ peerId.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return (hash ^ (hash >>> 31)) >>> 1;
  }
}
