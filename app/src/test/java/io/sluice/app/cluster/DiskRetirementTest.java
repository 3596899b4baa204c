package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.testkit.InMemoryReplica;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DiskRetirementTest {
  private static final Duration AFTER = Duration.ofMinutes(10);

  private final InMemoryReplica first = new InMemoryReplica("first");
  private final InMemoryReplica second = new InMemoryReplica("second");
  private final Registry registry = new Registry();
  private long nanos;
  private long room = Long.MAX_VALUE;
  private final DiskRetirement retirement =
      new DiskRetirement(
          List.of(first, second),
          DiskRetirementTest::record,
          registry,
          () -> room,
          AFTER,
          () -> nanos);

  private static NodeRecord record(Set<String> retired) {
    NodeRecord.Builder record = NodeRecord.newBuilder();
    for (String disk : List.of("first", "second")) {
      record.addDisks(DiskRecord.newBuilder().setId(disk).setRetired(retired.contains(disk)));
    }
    return record.build();
  }

  private void look() {
    retirement.look().await().atMost(Duration.ofSeconds(5));
  }

  private void pass(Duration time) {
    look();
    nanos += time.toNanos();
    look();
  }

  @Test
  void failedDisk_leavesAfterAWhile_andOnlyIt() {
    first.down(true);
    pass(AFTER.minusSeconds(1));
    assertThat(registry.retired).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(registry.retired).containsExactly(List.of("first"));
    pass(AFTER);
    assertThat(registry.retired).as("told once").hasSize(1);
  }

  @Test
  void disk_wellInBetween_stays() {
    first.down(true);
    pass(AFTER.minusSeconds(1));
    first.down(false);
    look();
    first.down(true);
    pass(AFTER.minusSeconds(1));
    assertThat(registry.retired).isEmpty();
  }

  @Test
  void fullDisk_leavesOnlyWhileTheOthersHaveRoom() {
    first.full(true);
    room = 0;
    pass(AFTER);
    assertThat(registry.retired).isEmpty();
    room = Long.MAX_VALUE;
    look();
    assertThat(registry.retired).containsExactly(List.of("first"));
  }

  @Test
  void retiredDisk_wellForAsLong_isBack() {
    first.full(true);
    pass(AFTER);
    first.full(false);
    pass(AFTER);
    assertThat(registry.retired).containsExactly(List.of("first"), List.of());
  }

  @Test
  void metadataAway_isTriedAgain() {
    first.down(true);
    registry.away = true;
    pass(AFTER);
    assertThat(registry.retired).isEmpty();
    registry.away = false;
    look();
    assertThat(registry.retired).containsExactly(List.of("first"));
  }

  /** Which disks were registered as retired, each time. */
  private static final class Registry implements MetadataStore {
    final List<List<String>> retired = new ArrayList<>();
    boolean away;

    @Override
    public int shardCount() {
      return 1;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      if (away) {
        return Uni.createFrom()
            .failure(new StorageFailure.Unavailable("no leader", Duration.ZERO, null));
      }
      retired.add(
          command.getRegisterNode().getNode().getDisksList().stream()
              .filter(DiskRecord::getRetired)
              .map(DiskRecord::getId)
              .toList());
      return Uni.createFrom().item(Outcome.getDefaultInstance());
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      throw new UnsupportedOperationException();
    }
  }
}
