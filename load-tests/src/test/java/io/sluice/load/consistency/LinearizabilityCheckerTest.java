package io.sluice.load.consistency;

import static io.sluice.load.consistency.LinearizabilityChecker.Verdict.LINEARIZABLE;
import static io.sluice.load.consistency.LinearizabilityChecker.Verdict.UNDECIDED;
import static io.sluice.load.consistency.LinearizabilityChecker.Verdict.VIOLATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.load.consistency.LinearizabilityChecker.Verdict;
import io.sluice.load.consistency.Operation.Kind;
import io.sluice.load.consistency.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {

  private static final long ABSENT = Operation.ABSENT;
  private static final List<Kind> KINDS = List.of(Kind.values());

  private final List<Operation> history = new ArrayList<>();

  @Test
  void check_nothingDone_isLinearizable() {
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_readOfTheLastWrite_isLinearizable() {
    write(1, 0, 1);
    read(1, 2, 3);
    write(ABSENT, 4, 5);
    read(ABSENT, 6, 7);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_staleRead_isViolation() {
    write(1, 0, 1);
    write(2, 2, 3);
    read(1, 4, 5);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_readOfWhatNobodyWrote_isViolation() {
    read(9, 0, 1);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_absentAfterAcknowledgedWrite_isViolation() {
    write(1, 0, 1);
    read(ABSENT, 2, 3);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_readBesideAWrite_mayBeOldOrNew() {
    write(1, 0, 1);
    write(2, 2, 10);
    read(1, 3, 4);
    read(2, 5, 6);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_readBesideAWriteThatGoesBack_isViolation() {
    write(1, 0, 1);
    write(2, 2, 10);
    read(2, 3, 4);
    read(1, 5, 6);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_readersThatDisagreeOnTheOrder_isViolation() {
    write(1, 0, 10);
    write(2, 0, 10);
    read(1, 11, 12);
    read(2, 13, 14);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_touchingOperations_areConcurrent() {
    write(1, 0, 1);
    write(2, 2, 3);
    read(1, 3, 4);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_twoCreationsThatBothWon_isViolation() {
    create(1, Outcome.DONE, 0, 10);
    create(2, Outcome.DONE, 0, 10);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_creationRefusedBesideADelete_isLinearizable() {
    write(1, 0, 1);
    create(2, Outcome.REFUSED, 2, 10);
    write(ABSENT, 3, 4);
    create(3, Outcome.DONE, 5, 6);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_creationRefusedOnAnAbsentKey_isViolation() {
    create(1, Outcome.REFUSED, 0, 1);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_twoSwapsOfOneValueThatBothWon_isViolation() {
    write(1, 0, 1);
    swap(1, 2, Outcome.DONE, 2, 10);
    swap(1, 3, Outcome.DONE, 2, 10);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_swapOfAValueThatWasReplaced_isViolation() {
    write(1, 0, 1);
    write(2, 2, 3);
    swap(1, 3, Outcome.DONE, 4, 5);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_swapRefusedWhereItsValueWas_isViolation() {
    write(1, 0, 1);
    swap(1, 2, Outcome.REFUSED, 2, 3);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_chainOfConcurrentSwaps_isLinearizable() {
    write(1, 0, 1);
    swap(3, 4, Outcome.DONE, 2, 10);
    swap(2, 3, Outcome.DONE, 2, 10);
    swap(1, 2, Outcome.DONE, 2, 10);
    read(4, 11, 12);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_unknownWrite_mayNeverHappen() {
    write(1, 0, 1);
    unknown(Kind.WRITE, 2, 0, 2);
    read(1, 3, 4);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_unknownWrite_mayHappenLate() {
    write(1, 0, 1);
    unknown(Kind.WRITE, 2, 0, 2);
    read(1, 3, 4);
    write(3, 5, 6);
    read(3, 7, 8);
    read(2, 9, 10);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_unknownWriteSeenTwiceWithAnotherBetween_isViolation() {
    unknown(Kind.WRITE, 2, 0, 0);
    read(2, 1, 2);
    write(3, 3, 4);
    read(3, 5, 6);
    read(2, 7, 8);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_unknownWriteSeenBeforeItWasSent_isViolation() {
    read(2, 0, 1);
    unknown(Kind.WRITE, 2, 0, 2);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_unknownDeleteThenUnknownCreation_explainARead() {
    write(1, 0, 1);
    unknown(Kind.CREATE, 2, 0, 2);
    unknown(Kind.WRITE, ABSENT, 0, 3);
    read(2, 4, 5);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_unknownCreationWithoutADelete_doesNotExplainARead() {
    write(1, 0, 1);
    unknown(Kind.CREATE, 2, 0, 2);
    read(2, 4, 5);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  @Test
  void check_unknownSwap_explainsARefusedOne() {
    write(1, 0, 1);
    unknown(Kind.SWAP, 2, 1, 2);
    swap(1, 3, Outcome.REFUSED, 3, 4);
    read(2, 5, 6);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_acknowledgedWriteLostBesideAnUnknownOne_isViolation() {
    write(1, 0, 1);
    unknown(Kind.WRITE, 2, 0, 2);
    write(3, 3, 4);
    read(1, 5, 6);
    assertThat(verdict()).isEqualTo(VIOLATION);
  }

  /** A register that really runs, with random intervals around each effect, is always accepted. */
  @Test
  void check_randomHistoriesOfARealRegister_areLinearizable() {
    for (int seed = 0; seed < 40; seed++) {
      history.clear();
      simulate(new Random(seed), 400);
      assertThat(LinearizabilityChecker.check(history))
          .as("seed %d", seed)
          .extracting(LinearizabilityChecker.Result::verdict)
          .isEqualTo(LINEARIZABLE);
    }
  }

  /** The same with one read changed to a value that was replaced before it began. */
  @Test
  void check_randomHistoriesWithAStaleRead_areViolations() {
    for (int seed = 0; seed < 40; seed++) {
      history.clear();
      simulate(new Random(seed), 400);
      long end = history.stream().mapToLong(Operation::invoked).max().orElse(0) + 1_000;
      write(1_000_001, end, end + 1);
      write(1_000_002, end + 2, end + 3);
      read(1_000_001, end + 4, end + 5);
      assertThat(verdict()).as("seed %d", seed).isEqualTo(VIOLATION);
    }
  }

  @Test
  void check_longHistoryWithManyUnknownWrites_isDecided() {
    simulate(new Random(77), 20_000);
    assertThat(history.stream().filter(Operation::isUnknown).count()).isGreaterThan(200);
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  @Test
  void check_manyReadersAtATime_isDecided() {
    for (int i = 1; i <= 200; i++) {
      long at = i * 20L;
      write(i, at, at + 15);
      for (int reader = 0; reader < 20; reader++) {
        read(reader % 2 == 0 ? i : i - 1, at + 1, at + 19);
      }
    }
    assertThat(verdict()).isEqualTo(LINEARIZABLE);
  }

  /**
   * Sixty writes under way together, in any of whose orders half of them must see the other half.
   */
  @Test
  void check_tooManyOrders_isUndecidedAndNoViolation() {
    for (int i = 1; i <= 30; i++) {
      write(i, i, 1_000 + i);
      swap(i, 100 + i, Outcome.DONE, i, 1_000 + i);
    }
    assertThat(verdict()).isEqualTo(UNDECIDED);
  }

  /**
   * Steps of a register at times 0, 20, 40 …, each with an interval around it that overlaps a few
   * others; one in a hundred writes loses its answer, and half of those never happen.
   */
  private void simulate(Random random, int steps) {
    long state = ABSENT;
    for (int i = 1; i <= steps; i++) {
      long at = i * 20L;
      long from = at - random.nextInt(60);
      long to = at + random.nextInt(60);
      Kind kind = KINDS.get(random.nextInt(KINDS.size()));
      if (kind == Kind.READ) {
        read(state, from, to);
        continue;
      }
      long value = kind == Kind.WRITE && random.nextInt(3) == 0 ? ABSENT : i;
      long expected = random.nextBoolean() ? state : 1 + random.nextInt(i);
      boolean holds =
          switch (kind) {
            case CREATE -> state == ABSENT;
            case SWAP -> state == expected;
            default -> true;
          };
      if (random.nextInt(100) < 2) {
        unknown(kind, value, expected, from);
        state = holds && random.nextBoolean() ? value : state;
        continue;
      }
      Outcome outcome = holds ? Outcome.DONE : Outcome.REFUSED;
      history.add(new Operation(0, kind, value, expected, outcome, from, to));
      state = holds ? value : state;
    }
  }

  private Verdict verdict() {
    return LinearizabilityChecker.check(history).verdict();
  }

  private void write(long value, long from, long to) {
    history.add(new Operation(0, Kind.WRITE, value, 0, Outcome.DONE, from, to));
  }

  private void read(long value, long from, long to) {
    history.add(new Operation(0, Kind.READ, value, 0, Outcome.DONE, from, to));
  }

  private void create(long value, Outcome outcome, long from, long to) {
    history.add(new Operation(0, Kind.CREATE, value, 0, outcome, from, to));
  }

  private void swap(long expected, long value, Outcome outcome, long from, long to) {
    history.add(new Operation(0, Kind.SWAP, value, expected, outcome, from, to));
  }

  private void unknown(Kind kind, long value, long expected, long from) {
    history.add(new Operation(0, kind, value, expected, Outcome.UNKNOWN, from, Operation.NEVER));
  }
}
