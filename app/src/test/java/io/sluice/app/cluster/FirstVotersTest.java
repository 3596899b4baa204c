package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.StorageFailure;
import org.junit.jupiter.api.Test;

class FirstVotersTest {
  @Test
  void areThere_oneShardLacksOne_isFalse() {
    int[] voters = {3, 2, 3, 3};
    FirstVoters first = FirstVoters.of(shard -> true, shard -> voters[shard], 4, 3);
    assertThat(first.areThere()).isFalse();
    voters[1] = 3;
    assertThat(first.areThere()).isTrue();
  }

  @Test
  void areThere_shardOfAnotherLeader_isNotLookedAt() {
    assertThat(FirstVoters.of(shard -> shard == 0, shard -> 3 - shard, 4, 3).areThere()).isTrue();
  }

  @Test
  void areThere_asManyAsThereCanBe_isEnough() {
    assertThat(FirstVoters.of(shard -> true, shard -> 1, 4, 1).areThere()).isTrue();
    assertThat(FirstVoters.of(shard -> true, shard -> 1, 4, 0).areThere()).isTrue();
    assertThat(FirstVoters.of(shard -> true, shard -> 3, 4, 5).areThere()).isTrue();
  }

  @Test
  void areThere_leadLostMeanwhile_isFalse() {
    FirstVoters first =
        FirstVoters.of(
            shard -> true,
            shard -> {
              throw new StorageFailure.NotLeader(shard, null);
            },
            4,
            3);
    assertThat(first.areThere()).isFalse();
  }
}
