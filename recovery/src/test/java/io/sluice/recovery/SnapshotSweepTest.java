package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcOptions;
import io.sluice.metadata.gc.GcStatus;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotPins;
import io.sluice.storage.proto.BeginSnapshot;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.testkit.TestClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What garbage collection does about snapshots and the history. */
class SnapshotSweepTest {
  private static final int SHARDS = 2;
  private static final Duration GRACE = Duration.ofMinutes(1);
  private static final GcOptions OPTIONS =
      new GcOptions(LiveMetadata.LIMIT, GRACE, Duration.ofHours(24), 1_000_000, 1_000, 1_000_000);
  private static final Bucket BUCKET = Bucket.newBuilder().setId(7).setShard(1).build();

  private final TestClock clock = new TestClock();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private LiveMetadata live;
  private SnapshotCatalog snapshots;
  private GarbageCollector collector;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    live = LiveMetadata.open(directory, SHARDS, clock);
    snapshots = new SnapshotCatalog(live.store());
    collector = collector(live.store(), meters);
  }

  private GarbageCollector collector(MetadataStore metadata, MeterRegistry meters) {
    return new GarbageCollector(
        metadata, live.server()::leads, chunk -> List.of(), OPTIONS, clock, clock::nanos, meters);
  }

  @AfterEach
  void close() throws Exception {
    collector.close();
    live.close();
  }

  private GcStatus collect() {
    GcStatus status = await(collector.runNow());
    assertThat(status.lastFailure()).isNull();
    return status;
  }

  private void put(String text) {
    live.put(BUCKET, "k", text);
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }

  private long history() {
    return live.status(1).getHistory();
  }

  private void begin(String id) {
    live.submit(
        MetadataStore.ROOT_SHARD,
        Command.newBuilder()
            .setBeginSnapshot(BeginSnapshot.newBuilder().setId(id).setName("made-of-" + id)));
    live.submit(1, Command.newBuilder().setPin(Pin.newBuilder().setId(SnapshotPins.id(id, 1))));
  }

  @Test
  void run_snapshotNotExpired_keepsItAndWhatItNeeds() {
    put("one");
    await(snapshots.create("s", "", clock.millis() + 60_000));
    put("two");
    collect();
    assertThat(await(snapshots.list())).hasSize(1);
    assertThat(live.pins(1)).hasSize(1);
    assertThat(history()).isEqualTo(1);
    clock.pass(Duration.ofSeconds(10));
    collect();
    assertThat(gauge("sluice.snapshots")).isEqualTo(1);
    assertThat(gauge("sluice.snapshots.oldest.age")).isEqualTo(10);
    assertThat(gauge("sluice.snapshots.kept")).isEqualTo("one".length());
  }

  @Test
  void run_snapshotExpired_removesItAndItsPins_andThenWhatTheyKept() {
    put("one");
    await(snapshots.create("s", "", clock.millis() + 60_000));
    put("two");
    collect();
    clock.pass(Duration.ofMinutes(2));
    collect();
    assertThat(await(snapshots.list())).isEmpty();
    assertThat(live.pins(0)).isEmpty();
    assertThat(live.pins(1)).isEmpty();
    assertThat(collect().historyReleased()).isEqualTo(1);
    assertThat(history()).isZero();
  }

  /** A clock that was wrong when the server started never jumped (INVARIANTS 7). */
  @Test
  void run_clockNotKnownToBeRight_dropsNothingForItsAge_butWhatWasRemoved() {
    put("one");
    await(snapshots.create("s", "", clock.millis() + 1_000));
    SnapshotRow removed = await(snapshots.create("removed", "", 0));
    put("two");
    await(snapshots.remove(removed));
    clock.pass(GRACE.dividedBy(2));
    collect();
    assertThat(await(snapshots.list())).extracting(SnapshotRow::getName).containsExactly("s");
    assertThat(live.pins(1)).hasSize(1);
    assertThat(history()).isEqualTo(1);
  }

  @Test
  void run_makingEndedHalfWay_isUndoneAfterAWhile_andNotBefore() {
    begin("x");
    collect();
    assertThat(live.pins(1)).hasSize(1);
    clock.pass(Duration.ofMinutes(6));
    collect();
    assertThat(await(snapshots.list())).isEmpty();
    assertThat(live.pins(1)).isEmpty();
  }

  /** Its pins are not seen, or its record is: in no order of events is there a pin alone. */
  @Test
  void run_snapshotBegunBetweenTheLists_keepsItsPins() {
    BetweenLists metadata = new BetweenLists(live.store(), () -> begin("between"));
    try (GarbageCollector other = collector(metadata, new SimpleMeterRegistry())) {
      assertThat(await(other.runNow()).lastFailure()).isNull();
    }
    assertThat(await(snapshots.list())).as("what was begun").hasSize(1);
    assertThat(live.pins(1)).containsExactly(SnapshotPins.id("between", 1));
  }

  @Test
  void run_pinOfAnAttemptThatFailed_isRemovedWhenTheSnapshotIsMade() {
    put("one");
    SnapshotRow made = await(snapshots.create("s", "", 0));
    live.submit(
        1, Command.newBuilder().setPin(Pin.newBuilder().setId(SnapshotPins.id(made.getId(), 99))));
    live.submit(1, Command.newBuilder().setPin(Pin.newBuilder().setId("another's")));
    collect();
    assertThat(live.pins(1)).containsExactly(SnapshotPins.id(made.getId(), 1), "another's");
  }

  @Test
  void run_windowIsOver_releasesTheHistory_butNotWhenTheClockJumped() {
    live.window(Duration.ofDays(7));
    put("one");
    put("two");
    collect();
    assertThat(history()).isEqualTo(1);
    clock.jump(Duration.ofDays(30));
    collect();
    assertThat(history()).as("the clock is not believed").isEqualTo(1);
    collector.confirmClock();
    collect();
    assertThat(history()).isZero();
  }
}
