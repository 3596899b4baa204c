package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ShardPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** History, backups and standbys must agree on what came before what. */
class PositionsTest {
  private static LogPosition at(int epoch, long index) {
    return LogPosition.newBuilder().setEpoch(epoch).setIndex(index).build();
  }

  private static ShardPosition in(int shard, int epoch, long index) {
    return ShardPosition.newBuilder().setShard(shard).setPosition(at(epoch, index)).build();
  }

  @Test
  void isAfter_sameEpoch_theIndexDecides() {
    assertThat(Positions.isAfter(at(1, 6), at(1, 5))).isTrue();
    assertThat(Positions.isAfter(at(1, 5), at(1, 5))).isFalse();
    assertThat(Positions.isAfter(at(1, 4), at(1, 5))).isFalse();
  }

  @Test
  void isAfter_otherEpoch_theIndexSaysNothing() {
    assertThat(Positions.isAfter(at(2, 1), at(1, 9))).isTrue();
    assertThat(Positions.isAfter(at(1, 9), at(2, 1))).isFalse();
  }

  @Test
  void isAfter_greatestNumbers_areNotNegative() {
    assertThat(Positions.isAfter(at(-1, 1), at(1, 1))).as("epoch 4294967295").isTrue();
    assertThat(Positions.isAfter(at(1, -1), at(1, Long.MAX_VALUE))).as("an end of all").isTrue();
  }

  @Test
  void byShard_shardNamedTwice_isNoVector() {
    assertThat(Positions.byShard(List.of(in(0, 1, 5), in(3, 1, 7))))
        .containsOnlyKeys(0, 3)
        .containsEntry(3, at(1, 7));
    assertThatThrownBy(() -> Positions.byShard(List.of(in(0, 1, 5), in(0, 1, 6))))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void holds_oneShardIsBehindOrMissing_doesNot() {
    List<ShardPosition> moment = List.of(in(0, 1, 5), in(1, 1, 7));
    assertThat(Positions.holds(List.of(in(1, 1, 7), in(0, 1, 5)), moment)).isTrue();
    assertThat(Positions.holds(List.of(in(0, 2, 1), in(1, 1, 8)), moment)).isTrue();
    assertThat(Positions.holds(List.of(in(0, 1, 9), in(1, 1, 6)), moment)).isFalse();
    assertThat(Positions.holds(List.of(in(0, 1, 9)), moment)).isFalse();
    assertThat(Positions.holds(List.of(), List.of())).isTrue();
  }
}
