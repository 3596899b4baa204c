package io.sluice.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.recovery.snapshot.Cut;
import io.sluice.storage.BackupPins;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.testkit.TestClock;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The moment of a backup, over all shards. */
class BackupCutTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SHARDS = 3;

  private static <T> T await(Uni<T> result) {
    return result.await().atMost(LIMIT);
  }

  private static List<PinRow> pins(MetadataStore metadata, int shard) {
    return await(
            metadata.query(
                shard,
                Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build(),
                LIMIT))
        .getPins()
        .getPinsList()
        .stream()
        .filter(pin -> !pin.getRemoved())
        .toList();
  }

  /** Two runs of one set may both be at it: neither has pins of the other's. */
  @Test
  void make_ofARun_pinsAllShardsUnderItsOwnIds(@TempDir Path directory) throws Exception {
    try (MetadataServer server =
        MetadataServer.open(
            MetadataOptions.in(directory.resolve("metadata")).shards(SHARDS).build(),
            new TestClock(),
            new SimpleMeterRegistry(),
            (shard, failure) -> {})) {
      MetadataStore metadata = server.store();
      for (int shard = 0; shard < SHARDS; shard++) {
        Command raise =
            Command.newBuilder()
                .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY))
                .build();
        await(metadata.submit(shard, raise, LIMIT));
      }
      List<ShardPosition> first = await(Cut.ofBackup(metadata, "r1").make());
      List<ShardPosition> second = await(Cut.ofBackup(metadata, "r2").make());
      assertThat(first).extracting(ShardPosition::getShard).containsExactly(0, 1, 2);
      for (int shard = 0; shard < SHARDS; shard++) {
        List<PinRow> pins = pins(metadata, shard);
        assertThat(pins)
            .extracting(PinRow::getAt)
            .containsExactly(first.get(shard).getPosition(), second.get(shard).getPosition());
        assertThat(BackupPins.isOf(pins.get(0).getId(), "r1")).isTrue();
        assertThat(BackupPins.isOf(pins.get(1).getId(), "r2")).isTrue();
      }
    }
  }
}
