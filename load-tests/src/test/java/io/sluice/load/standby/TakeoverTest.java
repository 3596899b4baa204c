package io.sluice.load.standby;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.load.disaster.Attempt;
import io.sluice.load.disaster.ObjectFacts;
import io.sluice.load.disaster.StoreState;
import io.sluice.load.disaster.Written;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A check that finds nothing must be able to. */
class TakeoverTest {
  private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
  private static final ObjectFacts OLD = facts("old");
  private static final ObjectFacts NEW = facts("new");

  private static ObjectFacts facts(String digest) {
    return new ObjectFacts(3, digest, Map.of("etag", "\"1\"", "content-type", "a/b"));
  }

  private static Instant at(int second) {
    return START.plusSeconds(second);
  }

  /** Sent at the second before. */
  private static Attempt wrote(String key, @Nullable ObjectFacts made, int acknowledged) {
    return new Attempt(
        "b/" + key, made == null ? null : Written.of(made), at(acknowledged - 1), at(acknowledged));
  }

  private static Takeover takeover(
      List<Attempt> attempts, Map<String, ObjectFacts> found, int recoveryPoint) {
    return Takeover.of(
        attempts.stream().collect(Collectors.groupingBy(Attempt::name)),
        new StoreState(Map.of("b", found)),
        at(recoveryPoint));
  }

  @Test
  void of_everythingThere_nothingIsLost() {
    Takeover takeover =
        takeover(List.of(wrote("k", OLD, 10), wrote("k", NEW, 20)), Map.of("k", NEW), 30);
    assertThat(takeover.problems()).isEmpty();
    assertThat(takeover.lost()).isEmpty();
  }

  @Test
  void of_acknowledgedAfterTheRecoveryPoint_isLostAndNoProblem() {
    Attempt late = wrote("k", NEW, 20);
    Attempt removed = wrote("gone", null, 20);
    Takeover takeover =
        takeover(
            List.of(wrote("k", OLD, 10), late, wrote("gone", OLD, 11), removed),
            Map.of("k", OLD, "gone", OLD),
            15);
    assertThat(takeover.problems()).isEmpty();
    assertThat(takeover.lost()).containsExactlyInAnyOrder(late, removed);
    assertThat(takeover.writtenOver()).containsExactly("b/gone", "b/k");
  }

  @Test
  void of_acknowledgedBeforeTheRecoveryPoint_isAProblem() {
    List<Attempt> attempts = List.of(wrote("k", OLD, 10), wrote("k", NEW, 20));
    assertThat(takeover(attempts, Map.of("k", OLD), 20).problems()).hasSize(1);
    assertThat(takeover(attempts, Map.of(), 12).problems()).hasSize(1);
  }

  @Test
  void of_anEarlierWriteMissingBesideALaterOne_isAProblem() {
    List<Attempt> attempts = List.of(wrote("a", OLD, 10), wrote("b", OLD, 20));
    assertThat(takeover(attempts, Map.of("b", OLD), 5).problems())
        .singleElement()
        .asString()
        .startsWith("b/a: a write acknowledged at ");
    assertThat(takeover(attempts, Map.of("a", OLD), 5).problems()).isEmpty();
  }

  @Test
  void of_unanswered_mayBeThereOrNot() {
    List<Attempt> attempts =
        List.of(wrote("k", OLD, 10), new Attempt("b/k", Written.of(NEW), at(20), null));
    assertThat(takeover(attempts, Map.of("k", OLD), 15).problems()).isEmpty();
    assertThat(takeover(attempts, Map.of("k", NEW), 15).problems()).isEmpty();
    assertThat(takeover(attempts, Map.of("k", NEW), 15).lost()).isEmpty();
  }

  @Test
  void of_whatNobodyWrote_isAProblem() {
    List<Attempt> attempts = List.of(wrote("k", OLD, 10));
    assertThat(takeover(attempts, Map.of("k", NEW), 15).problems()).hasSize(1);
    assertThat(takeover(attempts, Map.of("k", OLD, "more", OLD), 15).problems())
        .containsExactly("b/more: is there, and was never written");
  }

  @Test
  void of_writtenTheSameTwice_isTakenForEither() {
    List<Attempt> attempts = List.of(wrote("k", OLD, 10), wrote("k", NEW, 20), wrote("k", OLD, 30));
    assertThat(takeover(attempts, Map.of("k", OLD), 25).problems()).isEmpty();
    assertThat(takeover(attempts, Map.of("k", OLD), 35).problems()).isEmpty();
  }
}
