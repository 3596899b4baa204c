package io.sluice.cluster.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
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

  @Test
  void silentFor_hintsArrive_isNothing_andBeginsAnew() {
    lookFor(Duration.ofMinutes(5));
    silent = Duration.ZERO;
    assertThat(liveness.silentFor("b")).isZero();
    liveness.look();
    silent = Duration.ofSeconds(6);
    lookFor(Duration.ofSeconds(3));
    assertThat(liveness.silentFor("b")).isEqualTo(Duration.ofSeconds(3));
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
        new ProbedLiveness(
            new Hints(),
            () -> List.of(NODE),
            node -> {
              asked[0]++;
              return Uni.createFrom().nothing();
            },
            () -> nanos);
    slow.look();
    slow.look();
    assertThat(asked[0]).isEqualTo(1);
  }
}
