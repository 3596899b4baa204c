package io.sluice.recovery.standby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.JsonEnvelope;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.StoredFile;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ShardPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EpochsTest {
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);
  private static final UUID C = new UUID(0, 3);
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final AppliedSet APPLIED =
      new AppliedSet(A, new SetId("20261122T100000.000Z-1f2e3d4c"));

  private final MemoryTarget target = new MemoryTarget();
  private final Epochs epochs = new Epochs(target);

  private static Epoch epoch(long number, UUID cluster) {
    return new Epoch(number, cluster, NOW, LEASE, cluster.equals(A) ? null : APPLIED, true);
  }

  private static String name(long number) {
    return "sluice-standby-1/epochs/" + number + ".json";
  }

  private void put(String name, String text) {
    target.files().put(name, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void latest_none_isEmpty() throws IOException {
    assertThat(epochs.latest()).isEmpty();
  }

  @Test
  void claim_firstAndNext_areReadBackByOthers() throws IOException {
    assertThat(epochs.claim(epoch(1, A))).isEqualTo(epoch(1, A));
    assertThat(new Epochs(target).latest()).contains(epoch(1, A));
    assertThat(epochs.claim(epoch(2, B))).isEqualTo(epoch(2, B));
    assertThat(new Epochs(target).latest()).contains(epoch(2, B));
    assertThat(epochs.latest().orElseThrow().applied()).contains(APPLIED);
  }

  private static Epoch takeover(long number, UUID cluster, long index) {
    ShardPosition at =
        ShardPosition.newBuilder().setPosition(LogPosition.newBuilder().setIndex(index)).build();
    return new Epoch(number, cluster, NOW, LEASE, APPLIED, false, List.of(at));
  }

  @Test
  void takeover_isTheLastOneOfThatCluster_andNoRenewalOfItsLease() throws IOException {
    epochs.claim(epoch(1, A));
    assertThat(epochs.takeover(A)).as("it was the primary already").isEmpty();
    epochs.claim(takeover(2, B, 7));
    epochs.claim(epoch(3, B));
    assertThat(epochs.takeover(B)).contains(takeover(2, B, 7));
    assertThat(epochs.takeover(A)).isEmpty();
    epochs.claim(takeover(4, A, 8));
    assertThat(epochs.takeover(A)).contains(takeover(4, A, 8));
    epochs.claim(epoch(5, A));
    assertThat(epochs.takeover(A)).as("known from before").contains(takeover(4, A, 8));
    assertThat(new Epochs(target).takeover(B)).contains(takeover(2, B, 7));
  }

  private static Epoch renewal(long number, UUID cluster) {
    return new Epoch(number, cluster, NOW, LEASE, null, false);
  }

  /** Who is the primary claims after its own epochs alone, so the one before that was another's. */
  @Test
  void takeover_oneIsUnreadable_isPassedOverIfItIsAnothers() throws IOException {
    epochs.claim(renewal(1, A));
    epochs.claim(takeover(2, A, 7));
    epochs.claim(takeover(3, B, 8));
    epochs.claim(renewal(4, B));
    epochs.claim(takeover(5, C, 9));
    put(name(3), "{}");
    assertThat(new Epochs(target).takeover(A)).contains(takeover(2, A, 7));
    assertThat(new Epochs(target).takeover(C)).contains(takeover(5, C, 9));
    assertThatThrownBy(() -> new Epochs(target).takeover(B))
        .isInstanceOf(UnreadableEpochException.class)
        .hasMessageContaining(name(3))
        .hasMessageContaining("put that file back");

    put(name(4), "{}");
    assertThatThrownBy(() -> new Epochs(target).takeover(A))
        .as("who has 4 is not known")
        .isInstanceOf(UnreadableEpochException.class)
        .hasMessageContaining(name(4));
    assertThat(new Epochs(target).takeover(C)).contains(takeover(5, C, 9));
  }

  @Test
  void takeover_otherEpochsWithTheSameNumbers_isReadAnew() throws IOException {
    epochs.claim(epoch(1, A));
    epochs.claim(takeover(2, B, 7));
    assertThat(epochs.takeover(B)).contains(takeover(2, B, 7));
    target.delete(Epochs.FOLDER + "2.json");
    target.delete(Epochs.FOLDER + "1.json");
    new Epochs(target).claim(epoch(1, C));
    new Epochs(target).claim(takeover(2, B, 9));
    assertThat(epochs.takeover(B)).contains(takeover(2, B, 9));
  }

  /** As {@code sluice standby lease} claims it. */
  private static Epoch lease(long number, UUID cluster) {
    return new Epoch(number, cluster, NOW, LEASE, null, false);
  }

  private static Epoch tookOver(long number, UUID cluster, UUID from, long index) {
    ShardPosition at =
        ShardPosition.newBuilder().setPosition(LogPosition.newBuilder().setIndex(index)).build();
    AppliedSet applied = new AppliedSet(from, APPLIED.set(), List.of(at));
    return new Epoch(number, cluster, NOW, LEASE, applied, false, List.of(at));
  }

  @Test
  void successor_setItsLeaseSince_isToldByWhatItTookOverWith() throws IOException {
    epochs.claim(lease(1, A));
    assertThat(epochs.successor(A, 1)).as("its own").isEmpty();
    Epoch takeover = tookOver(2, B, A, 7);
    epochs.claim(takeover);
    epochs.claim(lease(3, B));
    epochs.claim(lease(4, B));
    Successor by = epochs.successor(A, 1).orElseThrow();
    assertThat(by)
        .isEqualTo(new Successor(lease(4, B), takeover.appliedSet(), takeover.takenOverAt()));
    assertThat(epochs.successor(A, 4)).as("none since").isEmpty();
    target.clearCounts();
    assertThat(epochs.successor(A, 1)).contains(by);
    assertThat(target.opens()).as("below the greatest nothing is read again").isEqualTo(1);
    epochs.claim(lease(5, B));
    assertThat(epochs.successor(A, 1).map(Successor::epoch)).contains(lease(5, B));
  }

  @Test
  void successor_anotherTookOverFromTheFirst_isPrimarySinceItsOwn_withWhatTheFirstHad()
      throws IOException {
    Epoch first = tookOver(1, B, A, 7);
    epochs.claim(first);
    Epoch second = tookOver(2, C, B, 9);
    epochs.claim(second);
    assertThat(epochs.successor(A, 0))
        .contains(new Successor(second, first.appliedSet(), second.takenOverAt()));
  }

  @Test
  void successor_twoTookOverFromIt_countsWhatThePrimaryHad() throws IOException {
    epochs.claim(tookOver(1, B, A, 7));
    Epoch second = tookOver(2, C, A, 5);
    epochs.claim(second);
    epochs.claim(lease(3, C));
    assertThat(epochs.successor(A, 0).orElseThrow().applied()).contains(second.appliedSet());
  }

  @Test
  void successor_takeoverBeforeItsOwnEpoch_isOfAnEarlierLife() throws IOException {
    epochs.claim(tookOver(1, B, A, 7));
    epochs.claim(tookOver(2, A, B, 8));
    epochs.claim(tookOver(3, C, B, 9));
    assertThat(epochs.successor(A, 0).orElseThrow().applied()).isEmpty();
    assertThat(epochs.successor(A, 2).orElseThrow().applied()).isEmpty();
  }

  @Test
  void successor_takeoverIsDamaged_isToldAllTheSame_andReadAgain() throws IOException {
    Epoch takeover = tookOver(1, B, A, 7);
    epochs.claim(takeover);
    epochs.claim(lease(2, B));
    epochs.claim(lease(3, B));
    byte[] file = target.files().get(name(1));
    put(name(1), "{}");
    Epochs fresh = new Epochs(target);
    assertThat(fresh.successor(A, 0)).contains(new Successor(lease(3, B), null, List.of()));
    target.files().put(name(1), file);
    assertThat(fresh.successor(A, 0).orElseThrow().applied()).contains(takeover.appliedSet());
  }

  @Test
  void claim_anotherWasQuicker_isTheirs() throws IOException {
    epochs.claim(epoch(1, A));
    epochs.claim(epoch(2, B));
    assertThat(new Epochs(target).claim(epoch(2, C))).isEqualTo(epoch(2, B));
    assertThat(epochs.latest()).contains(epoch(2, B));
  }

  @Test
  void claim_againAfterItsAnswerWasLost_isOwn() throws IOException {
    epochs.claim(epoch(1, A));
    assertThat(epochs.claim(epoch(1, A))).isEqualTo(epoch(1, A));
  }

  @Test
  void claim_withoutTheOneBefore_isRefused() {
    assertThatThrownBy(() -> epochs.claim(epoch(2, B)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no epoch 1");
    assertThat(target.files()).isEmpty();
  }

  @Test
  void latest_elevenIsGreaterThanNine_andThoseBeforeAreReadOnce() throws IOException {
    for (int number = 1; number <= 11; number++) {
      epochs.claim(epoch(number, number % 2 == 0 ? B : A));
    }
    assertThat(epochs.latest()).contains(epoch(11, A));
    target.clearCounts();
    assertThat(epochs.latest()).contains(epoch(11, A));
    assertThat(target.opens()).isEqualTo(1);
  }

  @Test
  void latest_somethingElseInTheFolder_isPassedOver() throws IOException {
    epochs.claim(epoch(1, A));
    for (String name :
        new String[] {
          "", "x.json", "01.json", "2.json.bak", "2/3.json", "0.json", "999999999999999.json"
        }) {
      put(Epochs.FOLDER + name, "{}");
    }
    assertThat(epochs.latest()).contains(epoch(1, A));
    assertThat(epochs.claim(epoch(2, B))).isEqualTo(epoch(2, B));
    assertThat(new Epochs(target).latest()).contains(epoch(2, B));
  }

  @Test
  void latest_unreadableNumberWithoutTheOneBefore_isPassedOver() throws IOException {
    epochs.claim(epoch(1, A));
    epochs.claim(epoch(2, B));
    put(name(4), "{}");
    assertThat(epochs.latest()).contains(epoch(2, B));
  }

  /** Of the epochs of another place, which were copied here. */
  private MemoryTarget otherPlace(int count) throws IOException {
    MemoryTarget place = new MemoryTarget();
    Epochs there = new Epochs(place);
    for (int number = 1; number <= count; number++) {
      there.claim(epoch(number, C));
    }
    return place;
  }

  @Test
  void latest_strayTwoAhead_doesNotCountWhenTheOneBeforeItIsClaimed() throws IOException {
    MemoryTarget other = otherPlace(4);
    epochs.claim(epoch(1, A));
    target.files().put(name(3), other.files().get(name(3)));
    target.files().put(name(4), other.files().get(name(4)));
    assertThatThrownBy(epochs::latest).hasMessageContaining(name(2) + ": is missing");

    assertThat(epochs.claim(epoch(2, B))).isEqualTo(epoch(2, B));
    for (Epochs looker : List.of(epochs, new Epochs(target))) {
      assertThat(looker.latest()).contains(epoch(2, B));
      assertThat(looker.strays())
          .containsOnlyKeys("3.json", "4.json")
          .containsEntry("3.json", "it does not follow epoch 2");
    }
    assertThatThrownBy(() -> epochs.claim(epoch(3, B)))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("does not follow epoch 2");
    target.files().remove(name(3));
    assertThat(epochs.claim(epoch(3, B))).isEqualTo(epoch(3, B));
    assertThat(new Epochs(target).latest()).contains(epoch(3, B));
  }

  @Test
  void latest_epochsOfAnotherPlaceBehindItsOwn_doNotCount() throws IOException {
    MemoryTarget other = otherPlace(5);
    epochs.claim(epoch(1, A));
    epochs.claim(epoch(2, B));
    other.files().forEach(target.files()::putIfAbsent);
    assertThat(epochs.latest()).contains(epoch(2, B));
    assertThat(new Epochs(target).latest()).contains(epoch(2, B));
  }

  @Test
  void latest_earlierOneDamaged_theGreatestCounts() throws IOException {
    for (int number = 1; number <= 4; number++) {
      epochs.claim(epoch(number, A));
    }
    put(name(2), "{}");
    assertThat(new Epochs(target).latest()).contains(epoch(4, A));
  }

  /** Who took what is left for all would claim what another has. */
  @Test
  void latest_anyOneMissingBelowAnother_isNoAnswer() throws IOException {
    for (int number = 1; number <= 3; number++) {
      epochs.claim(epoch(number, A));
    }
    assertThat(epochs.latest()).contains(epoch(3, A));
    for (int gone = 1; gone <= 2; gone++) {
      byte[] file = target.files().remove(name(gone));
      for (Epochs looker : List.of(epochs, new Epochs(target))) {
        assertThatThrownBy(looker::latest)
            .hasMessageContaining(name(gone) + ": is missing")
            .hasMessageContaining(name(gone + 1) + " is there");
      }
      target.files().put(name(gone), file);
      assertThat(epochs.latest()).contains(epoch(3, A));
    }
  }

  @Test
  void latest_gapFilledByAnother_isNotAnsweredFromMemory() throws IOException {
    for (int number = 1; number <= 3; number++) {
      epochs.claim(epoch(number, A));
    }
    assertThat(epochs.latest()).contains(epoch(3, A));
    target.files().remove(name(1));
    assertThatThrownBy(epochs::latest).hasMessageContaining("is missing");
    target.files().put(name(1), otherPlace(1).files().get(name(1)));
    assertThatThrownBy(epochs::latest).hasMessageContaining("epoch 3 was in");
    assertThat(new Epochs(target).latest()).contains(epoch(1, C));
  }

  @Test
  void latest_fewerThanWereSeen_isNoAnswer() throws IOException {
    epochs.claim(epoch(1, A));
    epochs.claim(epoch(2, B));
    assertThat(epochs.latest()).contains(epoch(2, B));
    byte[] file = target.files().remove(name(2));
    for (int look = 0; look < 2; look++) {
      assertThatThrownBy(epochs::latest).hasMessageContaining("epoch 2 was in");
    }
    target.files().put(name(2), file);
    assertThat(epochs.latest()).contains(epoch(2, B));
  }

  @Test
  void latest_anotherPlaceUnderTheSameName_isReadAnew() throws IOException {
    epochs.claim(epoch(1, A));
    assertThat(epochs.latest()).contains(epoch(1, A));
    for (int count = 1; count <= 2; count++) {
      target.files().clear();
      target.files().putAll(otherPlace(count).files());
      assertThat(epochs.latest()).contains(epoch(count, C));
    }
  }

  /** As where each look may take only so long. */
  @Test
  void latest_looksThatFailHalfWay_getOnTogether() throws IOException {
    for (int number = 1; number <= 20; number++) {
      epochs.claim(epoch(number, A));
    }
    Epochs.Known known = new Epochs.Known();
    int looks = 0;
    Optional<Epoch> latest = Optional.empty();
    while (latest.isEmpty() && looks < 20) {
      looks++;
      AtomicInteger opens = new AtomicInteger();
      BackupTarget tired =
          new ForwardingTarget(target) {
            @Override
            public StoredFile open(String name) throws IOException {
              if (opens.incrementAndGet() > 6) {
                throw new IOException("no answer in time");
              }
              return super.open(name);
            }
          };
      try {
        latest = new Epochs(tired, known).latest();
      } catch (IOException e) {
        assertThat(e).hasMessage("no answer in time");
      }
    }
    assertThat(latest).contains(epoch(20, A));
    assertThat(looks).isLessThanOrEqualTo(4);
  }

  /** A file of version 1, without what names the one before. */
  private void putOld(long number, UUID cluster) throws IOException {
    ObjectNode content =
        (ObjectNode)
            JsonEnvelope.parse("", EpochFile.write(epoch(number, cluster), "x")).get("epoch");
    content.remove("previous");
    byte[] text = new JsonEnvelope("sluice-standby-epoch", 1, "epoch", "an epoch").write(content);
    target.files().put(name(number), text);
  }

  @Test
  void latest_writtenBeforeThereWereSums_counts() throws IOException {
    putOld(1, A);
    putOld(2, B);
    putOld(3, A);
    assertThat(new Epochs(target).latest()).contains(epoch(3, A));
    assertThat(epochs.claim(epoch(4, B))).isEqualTo(epoch(4, B));
    assertThat(new Epochs(target).latest()).contains(epoch(4, B));
    putOld(5, C);
    assertThat(new Epochs(target).latest())
        .as("who wrote such could not read the one before")
        .contains(epoch(4, B));
  }

  @Test
  void latest_newOneThatNamesNoneBefore_isDamaged() throws IOException {
    epochs.claim(epoch(1, A));
    target.files().put(name(2), EpochFile.write(epoch(2, B), ""));
    assertThatThrownBy(epochs::latest)
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining("does not name the epoch before it")
        .hasMessageContaining("remove that file");
  }

  @Test
  void claim_positionsOfWhatWasApplied_areReadBack() throws IOException {
    ShardPosition position =
        ShardPosition.newBuilder()
            .setShard(3)
            .setPosition(LogPosition.newBuilder().setEpoch(2).setIndex(77))
            .build();
    AppliedSet applied = new AppliedSet(A, APPLIED.set(), List.of(position));
    epochs.claim(new Epoch(1, B, NOW, Duration.ZERO, applied, true));
    assertThat(new Epochs(target).latest().orElseThrow().applied()).contains(applied);
  }

  @Test
  void tryOut_leavesNothing() throws IOException {
    epochs.tryOut();
    assertThat(target.files()).isEmpty();
  }

  @Test
  void latest_damagedInAnyByte_isNamed() throws IOException {
    epochs.claim(epoch(1, A));
    epochs.claim(epoch(2, B));
    byte[] whole = target.files().get(name(2));
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      target.files().put(name(2), damaged);
      try {
        // White space and the names of fields that are read over may change what they like.
        assertThat(new Epochs(target).latest()).contains(epoch(2, B));
      } catch (DamagedFileException | NewerFormatException found) {
        assertThat(found).hasMessageContaining(name(2));
      }
    }
    for (int length = 0; length < whole.length; length++) {
      target.files().put(name(2), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> new Epochs(target).latest())
          .isInstanceOf(DamagedFileException.class)
          .hasMessageContaining(name(2));
    }
  }

  @Test
  void latest_ofAnotherNumber_isNamed() throws IOException {
    epochs.claim(epoch(1, A));
    target.files().put(name(2), target.files().get(name(1)));
    assertThatThrownBy(epochs::latest)
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining("is that of epoch 1");
  }

  @Test
  void latest_ofANewerFormat_isNotGuessed() throws IOException {
    put(name(1), "{ \"format\": \"sluice-standby-epoch\", \"version\": 3 }");
    assertThatThrownBy(epochs::latest).isInstanceOf(NewerFormatException.class);
  }

  @Test
  void claim_damagedOneIsThere_isNotOverwritten() {
    put(name(1), "?");
    assertThatThrownBy(() -> epochs.claim(epoch(1, A))).isInstanceOf(DamagedFileException.class);
    assertThat(target.files().get(name(1))).hasSize(1);
  }

  @Test
  void latest_tooLarge_isNotRead() throws IOException {
    epochs.claim(epoch(1, A));
    target.files().put(name(2), new byte[EpochFile.SIZE_MAX + 1]);
    assertThatThrownBy(epochs::latest)
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining("too large");
  }

  @Test
  void epoch_leaseOutOfBounds_isRefused() {
    for (long seconds : new long[] {-1, 1, 4, 601}) {
      assertThatThrownBy(() -> new Epoch(1, A, NOW, Duration.ofSeconds(seconds), null, false))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(epoch(1, A).promotionWait()).isEqualTo(Duration.ofMillis(17_500));
    assertThat(new Epoch(1, A, NOW, Duration.ZERO, null, false).promotionWait()).isZero();
  }
}
