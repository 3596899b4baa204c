package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.storage.chunk.ChunkId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a copy that was missed costs. */
class ChunkRepairsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PARTITION = 3;

  private static List<ChunkId> write(TestCluster cluster, int count) {
    List<ChunkId> written = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      written.add(id(PARTITION, number));
      assertThat(cluster.write(written.get(number), cluster.layout())).isTrue();
    }
    return written;
  }

  private static TestCluster whole() {
    TestCluster cluster = new TestCluster(3, "a", "b", "c");
    cluster.look();
    cluster.healers.values().forEach(Healer::compareAll);
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.healers.values().stream().allMatch(h -> h.unproven().isEmpty()));
    return cluster;
  }

  /** The other chunk that the partition lacks shows that it was not compared. */
  @Test
  void repair_oneChunk_fetchesIt_andComparesNothing() {
    try (TestCluster cluster = whole()) {
      List<ChunkId> written = write(cluster, 10);
      cluster.disk("a").lose(written.get(2));
      cluster.disk("a").lose(written.get(7));
      Healer healer = cluster.healers.get("a");
      healer.repair("disk-a", written.get(2));
      await().atMost(PATIENCE).until(() -> cluster.disk("a").ids().contains(written.get(2)));
      await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty());
      assertThat(cluster.disk("a").ids()).doesNotContain(written.get(7));
      assertThat(healer.figures().getChunksCopied()).isEqualTo(1);
    }
  }

  @Test
  void repair_chunkThatIsThere_isNotCopied() {
    try (TestCluster cluster = whole()) {
      List<ChunkId> written = write(cluster, 3);
      Healer healer = cluster.healers.get("a");
      written.forEach(chunk -> healer.repair("disk-a", chunk));
      await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty());
      assertThat(healer.figures().getChunksCopied()).isZero();
    }
  }

  @Test
  void repair_deletedChunk_staysDeleted_andIsDone() {
    try (TestCluster cluster = whole()) {
      List<ChunkId> written = write(cluster, 3);
      cluster.disks.values().forEach(disk -> disk.delete(written));
      Healer healer = cluster.healers.get("a");
      healer.repair("disk-a", written.get(0));
      await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty());
      assertThat(cluster.disk("a").ids()).isEmpty();
    }
  }

  /** It counts as missing until it is there, and is fetched when the others can be asked again. */
  @Test
  void repair_nobodyCanBeAsked_thePartitionIsComparedWhenSomebodyCan() {
    try (TestCluster cluster = whole()) {
      List<ChunkId> written = write(cluster, 3);
      cluster.disk("a").lose(written.get(1));
      cluster.disk("b").down(true);
      cluster.disk("c").down(true);
      Healer healer = cluster.healers.get("a");
      healer.repair("disk-a", written.get(1));
      await().atMost(PATIENCE).until(() -> healer.figures().getFailures() > 0);
      assertThat(healer.unproven()).anyMatch(item -> item.getPartition() == PARTITION);
      cluster.disk("b").down(false);
      cluster.disk("c").down(false);
      await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty());
      assertThat(cluster.disk("a").ids()).containsAll(written);
    }
  }

  /** Another that has it may only be away: that the rest lacks it does not show a deletion. */
  @Test
  void repair_theOnlyOneThatHasItIsAway_isNotTakenForDeleted() {
    try (TestCluster cluster = whole()) {
      List<ChunkId> written = write(cluster, 3);
      cluster.disk("a").lose(written.get(1));
      cluster.disk("b").lose(written.get(1));
      cluster.disk("c").down(true);
      Healer healer = cluster.healers.get("a");
      cluster.disk("b").down(true);
      healer.repair("disk-a", written.get(1));
      await().atMost(PATIENCE).until(() -> healer.figures().getFailures() > 0);
      cluster.disk("b").down(false);
      cluster.disk("c").down(false);
      await().atMost(PATIENCE).until(() -> cluster.disk("a").ids().contains(written.get(1)));
    }
  }

  @Test
  void repair_moreThanTheListHolds_allComeAllTheSame() {
    try (TestCluster cluster = whole()) {
      List<ChunkId> written = write(cluster, ChunkRepairs.WAITING_MAX + 500);
      written.forEach(cluster.disk("a")::lose);
      Healer healer = cluster.healers.get("a");
      written.forEach(chunk -> healer.repair("disk-a", chunk));
      await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty());
      assertThat(cluster.disk("a").ids()).containsAll(written);
    }
  }
}
