package io.sluice.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcOptions;
import io.sluice.metadata.gc.GcStatus;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotPins;
import io.sluice.storage.proto.BeginSnapshot;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.SetHistoryWindow;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.testkit.TestClock;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What garbage collection does about snapshots and the history. */
class SnapshotSweepTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SHARDS = 2;
  private static final Duration GRACE = Duration.ofMinutes(1);
  private static final GcOptions OPTIONS =
      new GcOptions(LIMIT, GRACE, Duration.ofHours(24), 1_000_000, 1_000, 1_000_000);

  private final TestClock clock = new TestClock();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private MetadataServer server;
  private MetadataStore metadata;
  private SnapshotCatalog snapshots;
  private GarbageCollector collector;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    server =
        MetadataServer.open(
            MetadataOptions.in(directory.resolve("metadata")).shards(SHARDS).build(),
            clock,
            new SimpleMeterRegistry(),
            (shard, failure) -> {});
    metadata = server.store();
    for (int shard = 0; shard < SHARDS; shard++) {
      submit(
          shard,
          Command.newBuilder()
              .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
    }
    snapshots = new SnapshotCatalog(metadata);
    collector =
        new GarbageCollector(
            metadata, server::leads, chunk -> List.of(), OPTIONS, clock, clock::nanos, meters);
  }

  @AfterEach
  void close() throws Exception {
    collector.close();
    server.close();
  }

  private static <T> T await(Uni<T> result) {
    return result.await().atMost(LIMIT);
  }

  private Outcome submit(int shard, Command.Builder command) {
    return await(metadata.submit(shard, command.build(), LIMIT));
  }

  private GcStatus collect() {
    GcStatus status = await(collector.runNow());
    assertThat(status.lastFailure()).isNull();
    return status;
  }

  private void put(int shard, String text) {
    ByteString data = ByteString.copyFromUtf8(text);
    submit(
        shard,
        Command.newBuilder()
            .setPutObject(
                PutObject.newBuilder()
                    .setBucketId(7)
                    .setKey(ByteString.copyFromUtf8("k"))
                    .setObject(ObjectVersion.newBuilder().setOwner("ann").setEtag(text))
                    .setPart(Part.newBuilder().setSize(data.size()).setInline(true))
                    .setInlineData(data)));
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }

  private List<String> pins(int shard) {
    return await(
            metadata.query(
                shard,
                Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build(),
                LIMIT))
        .getPins()
        .getPinsList()
        .stream()
        .filter(pin -> !pin.getRemoved())
        .map(PinRow::getId)
        .toList();
  }

  private long history(int shard) {
    return await(
            metadata.query(
                shard,
                Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build(),
                LIMIT))
        .getStatus()
        .getHistory();
  }

  private void begin(String id) {
    submit(
        MetadataStore.ROOT_SHARD,
        Command.newBuilder()
            .setBeginSnapshot(BeginSnapshot.newBuilder().setId(id).setName("made-of-" + id)));
    submit(1, Command.newBuilder().setPin(Pin.newBuilder().setId(SnapshotPins.id(id, 1))));
  }

  @Test
  void run_snapshotNotExpired_keepsItAndWhatItNeeds() {
    put(1, "one");
    await(snapshots.create("s", "", clock.millis() + 60_000));
    put(1, "two");
    collect();
    assertThat(await(snapshots.list())).hasSize(1);
    assertThat(pins(1)).hasSize(1);
    assertThat(history(1)).isEqualTo(1);
    clock.pass(Duration.ofSeconds(10));
    collect();
    assertThat(gauge("sluice.snapshots")).isEqualTo(1);
    assertThat(gauge("sluice.snapshots.oldest.age")).isEqualTo(10);
    assertThat(gauge("sluice.snapshots.kept")).isEqualTo("one".length());
  }

  @Test
  void run_snapshotExpired_removesItAndItsPins_andThenWhatTheyKept() {
    put(1, "one");
    await(snapshots.create("s", "", clock.millis() + 60_000));
    put(1, "two");
    collect();
    clock.pass(Duration.ofMinutes(2));
    collect();
    assertThat(await(snapshots.list())).isEmpty();
    assertThat(pins(0)).isEmpty();
    assertThat(pins(1)).isEmpty();
    assertThat(collect().historyReleased()).isEqualTo(1);
    assertThat(history(1)).isZero();
  }

  /** A clock that was wrong when the server started never jumped (INVARIANTS 7). */
  @Test
  void run_clockNotKnownToBeRight_dropsNothingForItsAge_butWhatWasRemoved() {
    put(1, "one");
    await(snapshots.create("s", "", clock.millis() + 1_000));
    SnapshotRow removed = await(snapshots.create("removed", "", 0));
    put(1, "two");
    await(snapshots.remove(removed));
    clock.pass(GRACE.dividedBy(2));
    collect();
    assertThat(await(snapshots.list())).extracting(SnapshotRow::getName).containsExactly("s");
    assertThat(pins(1)).hasSize(1);
    assertThat(history(1)).isEqualTo(1);
  }

  @Test
  void run_makingEndedHalfWay_isUndoneAfterAWhile_andNotBefore() {
    begin("x");
    collect();
    assertThat(pins(1)).hasSize(1);
    clock.pass(Duration.ofMinutes(6));
    collect();
    assertThat(await(snapshots.list())).isEmpty();
    assertThat(pins(1)).isEmpty();
  }

  @Test
  void run_pinOfAnAttemptThatFailed_isRemovedWhenTheSnapshotIsMade() {
    put(1, "one");
    SnapshotRow made = await(snapshots.create("s", "", 0));
    submit(
        1, Command.newBuilder().setPin(Pin.newBuilder().setId(SnapshotPins.id(made.getId(), 99))));
    submit(1, Command.newBuilder().setPin(Pin.newBuilder().setId("another's")));
    collect();
    assertThat(pins(1)).containsExactly(SnapshotPins.id(made.getId(), 1), "another's");
  }

  @Test
  void run_windowIsOver_releasesTheHistory_butNotWhenTheClockJumped() {
    for (int shard = 0; shard < SHARDS; shard++) {
      submit(
          shard,
          Command.newBuilder()
              .setSetHistoryWindow(
                  SetHistoryWindow.newBuilder().setWindowMs(Duration.ofDays(7).toMillis())));
    }
    put(1, "one");
    put(1, "two");
    collect();
    assertThat(history(1)).isEqualTo(1);
    clock.jump(Duration.ofDays(30));
    collect();
    assertThat(history(1)).as("the clock is not believed").isEqualTo(1);
    collector.confirmClock();
    collect();
    assertThat(history(1)).isZero();
  }
}
