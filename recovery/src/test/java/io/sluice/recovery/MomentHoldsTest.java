package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.recovery.restore.MomentHolds;
import io.sluice.recovery.restore.Moments;
import io.sluice.recovery.restore.RestorePage;
import io.sluice.recovery.restore.RestoreTerms;
import io.sluice.recovery.restore.Restorer;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.storage.proto.TrimHistory;
import io.sluice.storage.proto.Unpin;
import io.sluice.testkit.TestClock;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A restore in whose middle what it needs would be let go. */
class MomentHoldsTest {
  private static final String HOLD = "a-restore";

  private final TestClock clock = new TestClock();
  private LiveMetadata live;
  private Bucket source;
  private Restorer restorer;
  private MomentHolds holds;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    live = LiveMetadata.open(directory, 3, clock);
    source = live.bucket("source", 1);
    restorer = new Restorer(live.store(), new StoredAgain());
    holds = new MomentHolds(live.store());
    live.put(source, "a", "then");
    live.put(source, "b", "then");
  }

  @AfterEach
  void close() throws Exception {
    live.close();
  }

  private void replaceBoth() {
    live.put(source, "a", "now");
    live.put(source, "b", "now");
  }

  private RestorePage page(BucketMoment then, Bucket target, @Nullable ByteString after) {
    RestoreTerms terms = new RestoreTerms(true, await(restorer.begin(target)));
    return await(restorer.restore(then, target, ByteString.EMPTY, after, 1, terms));
  }

  private int trim() {
    clock.pass(Duration.ofSeconds(1));
    TrimHistory trim = TrimHistory.newBuilder().setBeforeMs(Long.MAX_VALUE).setMax(100).build();
    return live.submit(1, Command.newBuilder().setTrimHistory(trim)).getTrimmed().getReleased();
  }

  private BucketMoment atATime() {
    live.window(Duration.ofHours(1));
    clock.pass(Duration.ofSeconds(1));
    live.put(source, "c", "of the moment");
    live.bucket("another", 2);
    long then = clock.millis();
    clock.pass(Duration.ofSeconds(1));
    replaceBoth();
    return await(new Moments(live.store(), clock).at(then, "source"));
  }

  /** In place, and into another shard. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void restore_windowEndsBetweenPages_goesOnToItsEnd(int shard) {
    BucketMoment then = atATime();
    Bucket target = shard == 1 ? source : live.bucket("target", shard);
    await(holds.keep(HOLD, then));
    RestorePage first = page(then, target, null);
    live.window(Duration.ZERO);
    trim();
    page(then, target, first.next());
    assertThat(live.text(target, "a", null)).isEqualTo("then");
    assertThat(live.text(target, "b", null)).isEqualTo("then");
    await(holds.end(HOLD, then));
    assertThat(trim()).as("let go afterwards").isPositive();
    assertThatThrownBy(() -> page(then, target, first.next()))
        .isInstanceOf(StorageFailure.Refused.class)
        .hasMessageContaining("OUTSIDE_HISTORY");
  }

  @Test
  void restore_snapshotRemovedBetweenPages_goesOnToItsEnd() {
    SnapshotCatalog snapshots = new SnapshotCatalog(live.store());
    SnapshotRow made = await(snapshots.create("s", "source", 0));
    BucketMoment then = await(new Moments(live.store(), clock).in(made, "source"));
    replaceBoth();
    await(holds.keep(HOLD, then));
    RestorePage first = page(then, source, null);
    await(snapshots.remove(made));
    live.pins(1)
        .forEach(
            pin -> live.submit(1, Command.newBuilder().setUnpin(Unpin.newBuilder().setId(pin))));
    assertThat(trim()).isZero();
    page(then, source, first.next());
    assertThat(live.text(source, "b", null)).isEqualTo("then");
  }

  /** Who held it died: it is seen, and ends by itself. */
  @Test
  void hold_notRenewed_isShown_andEnds() {
    BucketMoment then = atATime();
    await(holds.keep(HOLD, then));
    assertThat(live.status(1).getHoldsList()).hasSize(1);
    live.window(Duration.ZERO);
    assertThat(trim()).isZero();
    clock.pass(MomentHolds.RENEWAL);
    assertThat(trim()).isPositive();
    assertThat(live.status(1).getHoldsList()).isEmpty();
    assertThatThrownBy(() -> await(holds.keep(HOLD, then))).hasMessageContaining("OUTSIDE_HISTORY");
  }
}
