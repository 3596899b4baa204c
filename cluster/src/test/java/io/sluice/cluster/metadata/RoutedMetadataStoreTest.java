package io.sluice.cluster.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sluice.cluster.metadata.FakeCluster.Move;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetLayout;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.TrimChanges;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutedMetadataStoreTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Command COMMAND =
      Command.newBuilder().setTrimChanges(TrimChanges.newBuilder().setBelowIndex(1)).build();
  private static final Query QUERY =
      Query.newBuilder().setGetLayout(GetLayout.getDefaultInstance()).build();

  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final FakeCluster cluster = new FakeCluster("a", "b", "c");
  private final RoutedMetadataStore store = store("b");

  private RoutedMetadataStore store(String local) {
    return new RoutedMetadataStore(4, local, cluster::all, timers, System::nanoTime);
  }

  @AfterEach
  void stop() {
    timers.shutdownNow();
  }

  private Outcome submit() {
    return store.submit(0, COMMAND, LIMIT).await().atMost(LIMIT.plusSeconds(5));
  }

  private Throwable failure(Duration limit) {
    return catchThrowable(
        () -> store.submit(0, COMMAND, limit).await().atMost(limit.plusSeconds(10)));
  }

  private static long deadlineMs(Command command) {
    return command.getCommandId().asReadOnlyByteBuffer().getLong();
  }

  private int commands(String... peers) {
    int count = 0;
    for (String peer : peers) {
      count += cluster.peers.get(peer).commands.size();
    }
    return count;
  }

  @Test
  void submit_findsTheLeaderAndRemembersIt() {
    submit();
    submit();

    assertThat(cluster.applied).hasValue(2);
    assertThat(commands("b", "c")).as("the status query found the leader").isZero();
    assertThat(commands("a")).isEqualTo(2);
  }

  @Test
  void submit_idHasTheDeadlineInShardTime() {
    submit();

    Command sent = cluster.peers.get("a").commands.get(0);
    assertThat(sent.getCommandId().size()).isEqualTo(16);
    assertThat(deadlineMs(sent))
        .isBetween(FakeCluster.TIME_MS + 5_000, FakeCluster.TIME_MS + 10_100);
  }

  @Test
  void submit_deadlineOverAMinute_isCut() {
    store.submit(0, COMMAND, Duration.ofHours(1)).await().atMost(LIMIT);

    assertThat(deadlineMs(cluster.peers.get("a").commands.get(0)))
        .isLessThanOrEqualTo(FakeCluster.TIME_MS + 60_100);
  }

  @Test
  void submit_shardTimeThatJumps_isFollowed() {
    submit();
    cluster.shardTimeMs = FakeCluster.TIME_MS + 3_600_000;
    submit();
    submit();

    assertThat(deadlineMs(cluster.peers.get("a").commands.get(2)))
        .isGreaterThan(FakeCluster.TIME_MS + 3_600_000);
  }

  /**
   * The next leader's clock is an hour behind, and the time that answers told is the last one's.
   */
  @Test
  void submit_nextLeadersClockIsFarBehind_isSubmittedByItsTime() {
    submit();
    cluster.leader = "c";
    cluster.shardTimeMs = FakeCluster.TIME_MS - 3_600_000;
    submit();

    assertThat(cluster.applied).hasValue(2);
    List<Command> sent = cluster.peers.get("c").commands;
    assertThat(deadlineMs(sent.get(sent.size() - 1))).isLessThan(FakeCluster.TIME_MS - 3_500_000);
  }

  /** With another id it could be applied twice. */
  @Test
  void submit_unknownThenLeaderFarBehind_isUnknown() {
    submit();
    cluster.peers.get("a").will(FakeCluster.Move.LOSE_REQUEST);
    cluster.leader = "c";
    cluster.shardTimeMs = FakeCluster.TIME_MS - 3_600_000;

    assertThat(failure(LIMIT)).isInstanceOf(StorageFailure.OutcomeUnknown.class);
    assertThat(cluster.applied).hasValue(1);
  }

  @Test
  void submit_eachSubscription_isACommandOfItsOwn() {
    var command = store.submit(0, COMMAND, LIMIT);
    command.await().atMost(LIMIT);
    command.await().atMost(LIMIT);

    assertThat(cluster.applied).hasValue(2);
  }

  @Test
  void submit_leaderChanged_followsTheHint() {
    submit();
    cluster.leader = "c";
    submit();
    submit();

    assertThat(cluster.applied).hasValue(3);
    assertThat(commands("a")).isEqualTo(2);
    assertThat(commands("c")).isEqualTo(2);
  }

  @Test
  void submit_noLeaderForAWhile_waitsForOne() {
    submit();
    cluster.leader = null;
    var unused =
        timers.schedule(
            () -> cluster.leader = "b", 150, java.util.concurrent.TimeUnit.MILLISECONDS);

    submit();

    assertThat(cluster.applied).hasValue(2);
  }

  @Test
  void submit_answerLost_isAppliedOnceAndTheOutcomeIsThatOfTheFirst() {
    submit();
    cluster.peers.get("a").will(Move.APPLY_AND_LOSE_ANSWER);

    Outcome outcome = submit();

    assertThat(cluster.applied).hasValue(2);
    assertThat(outcome.getPosition().getIndex()).isEqualTo(2);
  }

  @Test
  void submit_answerLostAndLeaderChanged_goesToTheNewOneUnderTheSameId() {
    submit();
    cluster.peers.get("a").will(Move.APPLY_AND_LOSE_ANSWER);
    cluster.leader = "c";

    submit();

    assertThat(cluster.applied).hasValue(2);
    Command first = cluster.peers.get("a").commands.get(1);
    Command last = cluster.peers.get("c").commands.get(cluster.peers.get("c").commands.size() - 1);
    assertThat(last).isEqualTo(first);
  }

  @Test
  void submit_requestLost_isAppliedBySecondAttempt() {
    submit();
    cluster.peers.get("a").will(Move.LOSE_REQUEST);

    submit();

    assertThat(cluster.applied).hasValue(2);
  }

  @Test
  void submit_lateFirstAttempt_isNotAppliedAgain() {
    submit();
    cluster.peers.get("a").will(Move.APPLY_LATER);
    submit();

    cluster.later.forEach(Runnable::run);

    assertThat(cluster.applied).hasValue(2);
  }

  @Test
  void submit_leaderHangs_othersAreAskedBeforeTheTimeIsUp() {
    submit();
    cluster.peers.get("a").will(Move.HANG);
    cluster.leader = "c";

    submit();

    assertThat(cluster.applied).hasValue(2);
  }

  @Test
  void submit_unknownThenUnavailable_isUnknown() {
    submit();
    cluster.leader = null;
    cluster.peers.get("a").will(Move.LOSE_REQUEST);

    assertThat(failure(SHORT)).isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  @Test
  void submit_hangsToTheEnd_isUnknown() {
    submit();
    cluster.peers.get("a").will(Move.HANG);

    assertThat(failure(SHORT)).isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  /** The time is up after an attempt has looked whether it is, and before it begins. */
  @Test
  void submit_timeIsUpWhileAnAttemptBegins_isUnknown() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    AtomicBoolean slow = new AtomicBoolean();
    RoutedMetadataStore late =
        new RoutedMetadataStore(
            4,
            "b",
            () -> {
              if (slow.getAndSet(false)) {
                awaitLatch(ended);
              }
              return cluster.all();
            },
            timers,
            System::nanoTime);
    late.submit(0, COMMAND, LIMIT).await().atMost(LIMIT);
    slow.set(true);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    late.submit(0, COMMAND, SHORT)
        .subscribe()
        .with(
            outcome -> ended.countDown(),
            cause -> {
              failure.set(cause);
              ended.countDown();
            });

    assertThat(cluster.applied).as("it was offered all the same").hasValue(2);
    assertThat(failure.get()).isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void submit_onlyUnavailable_isUnavailable() {
    submit();
    cluster.leader = null;
    cluster.peers.get("a").will(Move.UNAVAILABLE);

    assertThat(failure(SHORT)).isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(cluster.applied).hasValue(1);
  }

  @Test
  void submit_cameTooLate_isNotApplied() {
    submit();
    cluster.peers.get("a").will(Move.DEADLINE_PASSED);

    assertThat(failure(LIMIT)).isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void submit_unknownThenTooLate_isUnknown() {
    submit();
    cluster.peers.get("a").will(Move.LOSE_REQUEST);
    cluster.peers.get("b").will(Move.DEADLINE_PASSED);
    cluster.peers.get("c").will(Move.DEADLINE_PASSED);

    assertThat(failure(LIMIT)).isInstanceOf(StorageFailure.OutcomeUnknown.class);
  }

  @Test
  void query_leaderUnavailable_isAskedAgain() {
    cluster.peers.get("a").will(Move.UNAVAILABLE);

    Answer answer = store.query(1, QUERY, LIMIT).await().atMost(LIMIT);

    assertThat(answer.getShardTimeMs()).isEqualTo(FakeCluster.TIME_MS);
  }

  @Test
  void query_nobodyLeads_isUnavailable() {
    cluster.leader = null;

    assertThat(
            catchThrowable(
                () -> store.query(1, QUERY, SHORT).await().atMost(Duration.ofSeconds(5))))
        .isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void query_noPeersAtAll_isUnavailable() {
    cluster.peers.clear();

    assertThat(
            catchThrowable(
                () -> store.query(1, QUERY, SHORT).await().atMost(Duration.ofSeconds(5))))
        .isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void query_localPeerLeads_isTheOnlyOneAsked() {
    cluster.leader = "b";

    store.query(1, QUERY, LIMIT).await().atMost(LIMIT);

    assertThat(cluster.peers.get("b").queries).hasSize(1);
    assertThat(cluster.peers.get("a").queries).isEmpty();
  }
}
