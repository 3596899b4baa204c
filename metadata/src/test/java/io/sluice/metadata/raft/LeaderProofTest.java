package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcReplyProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLog;
import org.junit.jupiter.api.Test;

/** Which answers show that this peer leads, of those that followers give (INVARIANTS 8, 6). */
class LeaderProofTest {
  private static final long TERM = 5;
  private static final long COMMITTED = 42;

  private final LeaderProof proof = new LeaderProof();
  private List<RaftPeer> voters = peers("self", "b", "c");
  private List<RaftPeer> before = List.of();

  /** A follower as its leader sees it. */
  private static final class Follower {
    final AtomicLong nextCall = new AtomicLong(100);
    final LogAppender appender;
    final AtomicLong heartbeats = new AtomicLong();

    Follower(String id) {
      appender =
          stub(
              LogAppender.class,
              Map.of(
                  "getFollowerId", () -> RaftPeerId.valueOf(id),
                  "getCallId", nextCall::get,
                  "getCallIdComparator", Comparator::<Long>naturalOrder,
                  "triggerHeartbeat", heartbeats::incrementAndGet));
    }
  }

  private interface Answer {
    Object give();
  }

  @SuppressWarnings("unchecked") // a proxy of the type that was asked for
  private static <T> T stub(Class<T> type, Map<String, Answer> answers) {
    return (T)
        Proxy.newProxyInstance(
            LeaderProofTest.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return switch (method.getName()) {
                  case "hashCode" -> System.identityHashCode(self);
                  case "equals" -> self == arguments[0];
                  default -> type.getSimpleName();
                };
              }
              Answer answer = answers.get(method.getName());
              if (answer == null) {
                throw new UnsupportedOperationException(method.toString());
              }
              Object given = answer.give();
              return method.getReturnType() == void.class ? null : given;
            });
  }

  private static List<RaftPeer> peers(String... ids) {
    return Stream.of(ids).map(id -> RaftPeer.newBuilder().setId(id).build()).toList();
  }

  private CompletableFuture<Long> ask() {
    RaftLog log = stub(RaftLog.class, Map.of("getLastCommittedIndex", () -> COMMITTED));
    RaftConfiguration members =
        stub(
            RaftConfiguration.class,
            Map.of("getCurrentPeers", () -> voters, "getPreviousPeers", () -> before));
    RaftServer.Division division =
        stub(
            RaftServer.Division.class,
            Map.of(
                "getId", () -> RaftPeerId.valueOf("self"),
                "getRaftLog", () -> log,
                "getRaftConf", () -> members));
    return proof.ask(division, TERM);
  }

  private Follower follower(String id) {
    Follower made = new Follower(id);
    proof.follow(made.appender);
    return made;
  }

  private void answer(Follower from, long call, long term, boolean success) {
    proof.answered(
        from.appender,
        AppendEntriesReplyProto.newBuilder()
            .setTerm(term)
            .setServerReply(RaftRpcReplyProto.newBuilder().setCallId(call).setSuccess(success))
            .build());
  }

  private void answerNow(Follower from) {
    answer(from, from.nextCall.getAndIncrement(), TERM, true);
  }

  @Test
  void ask_majorityAnswersWhatWasSentLater_isConfirmed() {
    Follower b = follower("b");
    CompletableFuture<Long> asked = ask();
    assertThat(b.heartbeats).hasValue(1);
    answerNow(b);
    assertThat(asked).isCompletedWithValue(COMMITTED);
  }

  @Test
  void answered_sentBeforeTheQuestion_doesNotCount() {
    Follower b = follower("b");
    long sentBefore = b.nextCall.getAndIncrement();
    CompletableFuture<Long> asked = ask();
    answer(b, sentBefore, TERM, true);
    assertThat(asked).isNotDone();
  }

  @Test
  void answered_refusal_doesNotCount() {
    Follower b = follower("b");
    CompletableFuture<Long> asked = ask();
    answer(b, b.nextCall.get(), TERM, false);
    assertThat(asked).isNotDone();
  }

  /** It lost the lead and won it again: what was acknowledged in between it may not know yet. */
  @Test
  void answered_inALaterTermOfThisLeader_doesNotCount() {
    follower("b");
    CompletableFuture<Long> asked = ask();
    Follower later = follower("b");
    answer(later, later.nextCall.getAndIncrement(), TERM + 2, true);
    answer(later, later.nextCall.getAndIncrement(), TERM + 2, true);
    assertThat(asked).isNotDone();
  }

  @Test
  void answered_byAPeerThatVotesNoLonger_doesNotCount() {
    Follower removed = follower("removed");
    CompletableFuture<Long> asked = ask();
    answerNow(removed);
    assertThat(asked).isNotDone();
    answerNow(follower("c"));
    assertThat(asked).as("its first call after the question is not known").isNotDone();
  }

  @Test
  void answered_whileMembersChange_takesAMajorityOfBothSets() {
    voters = peers("self", "d", "e");
    before = peers("self", "b", "c");
    List<Follower> both = new ArrayList<>(List.of(follower("b"), follower("d")));
    CompletableFuture<Long> asked = ask();
    answerNow(both.get(0));
    assertThat(asked).isNotDone();
    answerNow(both.get(1));
    assertThat(asked).isCompletedWithValue(COMMITTED);
  }

  @Test
  void abandon_failsWhatWasAsked() {
    follower("b");
    CompletableFuture<Long> asked = ask();
    proof.abandon();
    assertThat(asked).isCompletedExceptionally();
  }
}
