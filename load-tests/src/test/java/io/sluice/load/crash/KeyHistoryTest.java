package io.sluice.load.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyHistoryTest {

  private static final Content A = new Content(1, 10, 0);
  private static final Content B = new Content(2, 10, 0);
  private static final Content C = new Content(3, 10, 0);

  private final KeyHistory key = new KeyHistory();

  @Test
  void possible_nothingWritten_isAbsent() {
    assertThat(key.possible()).containsExactly(Optional.empty());
  }

  @Test
  void possible_acknowledgedPut_isOnlyThat() {
    key.put(A, 1).acknowledged(2);
    assertThat(key.possible()).containsExactly(Optional.of(A));
  }

  @Test
  void possible_unansweredPutAfterAcknowledged_isEither() {
    key.put(A, 1).acknowledged(2);
    key.put(B, 3);
    assertThat(key.possible()).containsExactlyInAnyOrder(Optional.of(A), Optional.of(B));
  }

  @Test
  void possible_unansweredPutOverSettledValue_isEither() {
    key.settle(Optional.of(A));
    key.put(B, 3);
    assertThat(key.possible()).containsExactlyInAnyOrder(Optional.of(A), Optional.of(B));
  }

  @Test
  void possible_acknowledgedDelete_isAbsent() {
    key.put(A, 1).acknowledged(2);
    key.delete(3).acknowledged(4);
    assertThat(key.possible()).containsExactly(Optional.empty());
  }

  @Test
  void possible_unansweredDelete_isEither() {
    key.put(A, 1).acknowledged(2);
    key.delete(3);
    assertThat(key.possible()).containsExactlyInAnyOrder(Optional.of(A), Optional.empty());
  }

  @Test
  void possible_overlappingAcknowledgedPuts_isEitherButNotTheOneBefore() {
    key.put(C, 1).acknowledged(2);
    KeyHistory.Pending a = key.put(A, 3);
    KeyHistory.Pending b = key.put(B, 4);
    a.acknowledged(5);
    b.acknowledged(6);
    assertThat(key.possible()).containsExactlyInAnyOrder(Optional.of(A), Optional.of(B));
  }

  @Test
  void possible_refusedPut_isNotPossible() {
    key.put(A, 1).acknowledged(2);
    key.put(B, 3).refused(false);
    assertThat(key.possible()).containsExactly(Optional.of(A));
  }

  @Test
  void possible_wonCreationAndUnansweredOne_isOnlyTheWinner() {
    KeyHistory.Pending a = key.create(A, 1);
    key.create(B, 2);
    a.acknowledged(3);
    assertThat(key.possible()).containsExactly(Optional.of(A));
  }

  @Test
  void possible_creationLostToAnUnansweredOne_cannotBeAbsent() {
    key.create(A, 1);
    key.create(B, 2).refused(true);
    assertThat(key.possible()).containsExactly(Optional.of(A));
  }

  @Test
  void creationsAcknowledged_two_areCounted() {
    key.create(A, 1).acknowledged(3);
    key.create(B, 2).acknowledged(4);
    assertThat(key.creationsAcknowledged()).isEqualTo(2);
  }

  @Test
  void settleAnswered_unansweredPut_mayStillCome() {
    key.put(A, 1).acknowledged(2);
    key.put(B, 3);
    key.settleAnswered(Optional.of(A));
    assertThat(key.possible()).containsExactlyInAnyOrder(Optional.of(A), Optional.of(B));
  }

  @Test
  void settleAnswered_unansweredPutThatWasFound_cannotComeAgain() {
    key.put(A, 1).acknowledged(2);
    key.put(B, 3);
    key.settleAnswered(Optional.of(B));
    key.put(C, 4).acknowledged(5);
    assertThat(key.possible()).containsExactly(Optional.of(C));
  }

  @Test
  void settleAnswered_unansweredDeleteOfAnAbsentKey_mayStillCome() {
    key.delete(1);
    key.settleAnswered(Optional.empty());
    key.put(A, 2).acknowledged(3);
    assertThat(key.possible()).containsExactlyInAnyOrder(Optional.of(A), Optional.empty());
  }
}
