package io.sluice.cluster.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.layout.ProbedLiveness.Standing;
import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProbedLivenessTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final NodeRecord NODE =
      NodeRecord.newBuilder().setName("b").setIncarnation("1").build();
  private static final Uni<NodeIdentity> NO_ANSWER =
      Uni.createFrom().failure(new IllegalStateException("nobody answers"));

  private Duration silent = HOUR;
  private Uni<NodeIdentity> answer = NO_ANSWER;
  private long nanos;
  private final ProbedLiveness liveness =
      new ProbedLiveness(new Hints(), () -> List.of(NODE), node -> answer, () -> nanos);

  private final class Hints implements Liveness {
    @Override
    public boolean isUp(String node) {
      return silent.isZero();
    }

    @Override
    public Duration silentFor(String node) {
      return silent;
    }
  }

  private void lookFor(Duration time) {
    for (long second = 0; second < time.toSeconds(); second++) {
      liveness.look();
      nanos += Duration.ofSeconds(1).toNanos();
    }
    liveness.look();
  }

  private ProbedLiveness of(List<NodeRecord> nodes, Function<NodeRecord, Uni<NodeIdentity>> ask) {
    return new ProbedLiveness(new Hints(), () -> nodes, ask, () -> nanos);
  }

  private static Uni<NodeIdentity> of(String name, String incarnation) {
    return Uni.createFrom()
        .item(NodeIdentity.newBuilder().setName(name).setIncarnation(incarnation).build());
  }

  @Test
  void silentFor_noHintsAndNoAnswer_countsFromTheFirstQuestionInVain() {
    assertThat(liveness.silentFor("b")).as("nobody asked yet").isZero();
    lookFor(Duration.ofMinutes(5));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofMinutes(5));
    assertThat(liveness.isUp("b")).isFalse();
  }

  /** It hangs there, or ends and is started again, as a node with a broken disk may for ever. */
  @Test
  void silentFor_nodeThatStartsWithoutEnd_isSilent() {
    answer = of("b", "1").map(who -> NodeIdentity.newBuilder(who).setStarting(true).build());
    lookFor(Duration.ofMinutes(5));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofMinutes(5));
    silent = Duration.ZERO;
    lookFor(Duration.ofMinutes(1));
    assertThat(liveness.isUp("b")).as("it answers in vain, whatever its hints say").isFalse();
    answer = of("b", "1");
    lookFor(Duration.ofSeconds(1));
    assertThat(liveness.isUp("b")).as("once it works").isTrue();
  }

  @Test
  void silentFor_hintsAreLostButTheNodeAnswers_isNothing() {
    answer = of("b", "1");
    lookFor(Duration.ofMinutes(5));
    assertThat(liveness.silentFor("b")).isZero();
  }

  @Test
  void silentFor_oneAnswer_beginsItAnew() {
    lookFor(Duration.ofMinutes(5));
    answer = of("b", "1");
    liveness.look();
    assertThat(liveness.silentFor("b")).isZero();
    answer = NO_ANSWER;
    lookFor(Duration.ofMinutes(1));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void silentFor_anotherAnswersAtItsAddress_isSilence() {
    answer = of("c", "1");
    lookFor(Duration.ofMinutes(1));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofMinutes(1));
    answer = of("b", "2");
    lookFor(Duration.ofMinutes(1));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofMinutes(2));
  }

  /** Anyone may send hints: they end no silence by themselves. */
  @Test
  void silentFor_hintsArriveAgain_endsWithAnAnswerOnly() {
    lookFor(Duration.ofMinutes(5));
    silent = Duration.ZERO;
    lookFor(Duration.ofSeconds(1));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofSeconds(301));
    assertThat(liveness.isUp("b")).isFalse();
    assertThat(liveness.standing("b")).isEqualTo(Standing.UNANSWERING);
    answer = of("b", "1");
    liveness.look();
    assertThat(liveness.silentFor("b")).isZero();
    assertThat(liveness.isUp("b")).isTrue();
    assertThat(liveness.standing("b")).isEqualTo(Standing.HEARD);
  }

  /** Somebody goes on sending the hints of a node that is dead. */
  @Test
  void isUp_hintsOfANodeThatDoesNotAnswer_areOverruledWithinAMinute() {
    silent = Duration.ZERO;
    lookFor(Duration.ofSeconds(3));
    assertThat(liveness.isUp("b")).isTrue();
    lookFor(Duration.ofSeconds(50));
    assertThat(liveness.isUp("b")).isFalse();
    assertThat(liveness.standing("b")).isEqualTo(Standing.UNANSWERING);
    lookFor(Duration.ofMinutes(10));
    assertThat(liveness.silentFor("b")).isGreaterThan(Duration.ofMinutes(10));
  }

  @Test
  void isUp_twoQuestionsInVain_leaveHintsBelieved() {
    silent = Duration.ZERO;
    int[] asked = {0};
    ProbedLiveness busy =
        of(
            List.of(NODE),
            node -> asked[0]++ % 3 < 2 ? NO_ANSWER : of(node.getName(), node.getIncarnation()));
    for (int second = 0; second < 600; second++) {
      busy.look();
      assertThat(busy.isUp("b")).isTrue();
      nanos += Duration.ofSeconds(1).toNanos();
    }
    assertThat(asked[0]).isGreaterThan(10);
  }

  @Test
  void look_nodeThatIsUp_isAskedAboutTwiceAMinute() {
    silent = Duration.ZERO;
    int[] asked = {0};
    ProbedLiveness calm =
        of(
            List.of(NODE),
            node -> {
              asked[0]++;
              return of("b", "1");
            });
    for (int second = 0; second < 600; second++) {
      calm.look();
      nanos += Duration.ofSeconds(1).toNanos();
    }
    assertThat(asked[0]).isBetween(14, 27);
  }

  @Test
  void look_manyNodesThatAreUp_areAskedAFewAtATime() {
    silent = Duration.ZERO;
    List<NodeRecord> many =
        IntStream.range(0, 100)
            .mapToObj(i -> NodeRecord.newBuilder().setName("n" + i).build())
            .toList();
    int[] asked = {0};
    ProbedLiveness wide =
        of(
            many,
            node -> {
              asked[0]++;
              return Uni.createFrom().nothing();
            });
    for (int second = 0; second < 100; second++) {
      wide.look();
      nanos += Duration.ofSeconds(1).toNanos();
    }
    assertThat(asked[0]).isEqualTo(16);
  }

  @Test
  void standing_reportsDoNotArriveButItAnswers_isJoinedAtFirstAndThenUnheard() {
    assertThat(liveness.standing("b")).as("before anything is known").isEqualTo(Standing.JOINED);
    answer = of("b", "1");
    lookFor(Duration.ofSeconds(2));
    assertThat(liveness.standing("b")).isEqualTo(Standing.JOINED);
    assertThat(liveness.isUp("b")).isTrue();
    lookFor(Duration.ofSeconds(10));
    assertThat(liveness.standing("b")).isEqualTo(Standing.UNHEARD);
    assertThat(liveness.isUp("b")).isTrue();
  }

  @Test
  void standing_nodeThatWasHeardAndFellSilent_isSilentBeforeItIsAsked() {
    silent = Duration.ZERO;
    answer = of("b", "1");
    lookFor(Duration.ofMinutes(1));
    silent = Duration.ofSeconds(5);
    assertThat(liveness.standing("b")).isEqualTo(Standing.SILENT);
    assertThat(liveness.isUp("b")).isFalse();
    answer = NO_ANSWER;
    lookFor(Duration.ofSeconds(3));
    assertThat(liveness.standing("b")).isEqualTo(Standing.SILENT);
  }

  /** This process was stopped meanwhile, and nobody asked. */
  @Test
  void silentFor_afterASleep_countsOnlyWhatWasAsked() {
    lookFor(Duration.ofSeconds(20));
    nanos += HOUR.toNanos();
    assertThat(liveness.silentFor("b")).isZero();
    lookFor(Duration.ofSeconds(2));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void look_aQuestionUnderWay_isNotAskedTwice() {
    int[] asked = {0};
    ProbedLiveness slow =
        of(
            List.of(NODE),
            node -> {
              asked[0]++;
              return Uni.createFrom().nothing();
            });
    slow.look();
    slow.look();
    assertThat(asked[0]).isEqualTo(1);
  }
}
