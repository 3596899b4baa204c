package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.recovery.restore.Moments;
import io.sluice.recovery.restore.RestorePage;
import io.sluice.recovery.restore.RestoreTerms;
import io.sluice.recovery.restore.Restorer;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.SnapshotRow;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots and restores over four shards of real metadata. */
class SnapshotsTest {
  private static final int SHARDS = 4;

  private LiveMetadata live;
  private SnapshotCatalog snapshots;
  private Moments moments;
  private Restorer restorer;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    live = LiveMetadata.open(directory, SHARDS, Clock.systemUTC());
    snapshots = new SnapshotCatalog(live.store());
    moments = new Moments(live.store(), Clock.systemUTC());
    restorer = new Restorer(live.store(), new StoredAgain());
  }

  @AfterEach
  void close() throws Exception {
    live.close();
  }

  private RestorePage restoreAll(BucketMoment then, Bucket target, boolean overwrite) {
    ByteString all = ByteString.EMPTY;
    RestoreTerms terms = new RestoreTerms(overwrite, await(restorer.begin(target)));
    RestorePage page = await(restorer.restore(then, target, all, null, 1_000, terms));
    assertThat(page.next()).isNull();
    return page;
  }

  private RestoreTerms terms(Bucket target) {
    return new RestoreTerms(true, await(restorer.begin(target)));
  }

  private long pins() {
    return IntStream.range(0, SHARDS).mapToLong(shard -> live.pins(shard).size()).sum();
  }

  @Test
  void create_allBuckets_pinsEachShardOnce_andCanBeRead() {
    Bucket one = live.bucket("one", 1);
    Bucket three = live.bucket("three", 3);
    live.put(one, "k", "first");
    live.put(three, "k", "third");
    SnapshotRow made = await(snapshots.create("nightly", "", 0));
    assertThat(made.getPositionsCount()).isEqualTo(SHARDS);
    assertThat(pins()).isEqualTo(SHARDS);
    live.put(one, "k", "changed");
    live.delete(three, "k");

    SnapshotRow found = await(snapshots.find("nightly"));
    assertThat(live.text(one, "k", await(moments.in(found, "one")))).isEqualTo("first");
    assertThat(live.text(three, "k", await(moments.in(found, "three")))).isEqualTo("third");
  }

  @Test
  void create_oneBucket_pinsItsShardAndWhereItsNameIs() {
    live.bucket("one", 2);
    SnapshotRow made = await(snapshots.create("s", "one", 0));
    assertThat(made.getPositionsList()).extracting(at -> at.getShard()).containsExactly(0, 2);
    assertThatThrownBy(() -> await(moments.in(made, "two")))
        .isInstanceOf(StorageFailure.Refused.class)
        .hasMessageContaining("of bucket one alone");
  }

  @Test
  void create_nameTaken_orNoSuchBucket_isRefused_andPinsNothing() {
    await(snapshots.create("s", "", 0));
    assertThatThrownBy(() -> await(snapshots.create("s", "", 0)))
        .hasMessageContaining("a snapshot of that name");
    assertThatThrownBy(() -> await(snapshots.create("t", "nowhere", 0)))
        .isInstanceOf(StorageFailure.Refused.class);
    assertThat(pins()).isEqualTo(SHARDS);
    assertThat(await(snapshots.list())).extracting(SnapshotRow::getName).containsExactly("s");
  }

  /**
   * A writer counts up in one shard after the other, each number only when the last is
   * acknowledged. In a consistent cut no shard is ahead of one that is written before it, although
   * the last shard is always pinned late: when the writer has gone round twice since, if it can.
   */
  @ParameterizedTest
  @ValueSource(ints = {100, 700})
  void create_whileAWriterGoesFromShardToShard_isOneMoment(int latenessMs) throws Exception {
    List<Bucket> buckets = new ArrayList<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      buckets.add(live.bucket("bucket-" + shard, shard));
      live.put(buckets.get(shard), "count", "0");
    }
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong counted = new AtomicLong();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                long next = counted.incrementAndGet();
                buckets.forEach(each -> live.put(each, "count", Long.toString(next)));
              }
            });
    try {
      for (int i = 0; i < 3; i++) {
        long before = counted.get();
        LatePin late =
            new LatePin(live.store(), SHARDS - 1, counted, Duration.ofMillis(latenessMs));
        SnapshotRow made = await(new SnapshotCatalog(late).create("cut-" + i, "", 0));
        List<Long> numbers = new ArrayList<>();
        for (Bucket each : buckets) {
          String text = live.text(each, "count", await(moments.in(made, each.getName())));
          numbers.add(Long.parseLong(String.valueOf(text)));
        }
        assertThat(numbers).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(numbers.get(0) - numbers.get(SHARDS - 1)).isBetween(0L, 1L);
        assertThat(numbers.get(SHARDS - 1)).isGreaterThanOrEqualTo(before - 1);
        if (latenessMs > 500) {
          assertThat(late.times()).as("longer than a hold: done again").isGreaterThan(1);
        }
      }
      Awaitility.await("the writer was not stopped")
          .atMost(LiveMetadata.LIMIT)
          .until(() -> counted.get() > 3);
    } finally {
      stop.set(true);
      writer.get();
    }
  }

  @Test
  void restore_inPlace_bringsBackAndDeletes_onlyWhenItMay() {
    Bucket bucket = live.bucket("b", 1);
    live.put(bucket, "gone", "1");
    live.put(bucket, "replaced", "2");
    SnapshotRow made = await(snapshots.create("s", "b", 0));
    live.delete(bucket, "gone");
    live.put(bucket, "replaced", "3");
    live.put(bucket, "new", "4");
    BucketMoment then = await(moments.in(made, "b"));

    RestorePage careful = restoreAll(then, bucket, false);
    assertThat(careful.restored()).isEqualTo(1);
    assertThat(careful.left()).hasSize(2);
    assertThat(live.text(bucket, "gone", null)).isEqualTo("1");
    assertThat(live.text(bucket, "replaced", null)).isEqualTo("3");

    RestorePage all = restoreAll(then, bucket, true);
    assertThat(all.restored()).isEqualTo(1);
    assertThat(all.deleted()).isEqualTo(1);
    assertThat(live.text(bucket, "replaced", null)).isEqualTo("2");
    assertThat(live.text(bucket, "new", null)).isNull();
    assertThat(restoreAll(then, bucket, true).restored()).as("a second time").isZero();
  }

  @Test
  void restore_intoAnotherBucket_leavesTheRestOfIt() {
    Bucket source = live.bucket("source", 1);
    Bucket target = live.bucket("target", 1);
    live.put(source, "k", "then");
    live.put(target, "own", "stays");
    SnapshotRow made = await(snapshots.create("s", "source", 0));
    live.put(source, "k", "now");
    BucketMoment then = await(moments.in(made, "source"));
    assertThat(restoreAll(then, target, false).restored()).isEqualTo(1);
    assertThat(live.text(target, "k", null)).isEqualTo("then");
    assertThat(live.text(target, "own", null)).isEqualTo("stays");
    assertThat(live.text(source, "k", null)).isEqualTo("now");
  }

  /** Pages come one after the other: what is written between them is newer than the restore. */
  @Test
  void restore_objectWrittenSinceItBegan_isLeftAsItIs() {
    Bucket bucket = live.bucket("b", 1);
    live.put(bucket, "a", "1");
    live.put(bucket, "b", "2");
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    live.put(bucket, "a", "3");
    live.put(bucket, "b", "4");
    RestoreTerms begun = terms(bucket);
    ByteString all = ByteString.EMPTY;
    RestorePage first = await(restorer.restore(then, bucket, all, null, 1, begun));
    live.put(bucket, "b", "newer");
    live.put(bucket, "c", "new");
    RestorePage second = await(restorer.restore(then, bucket, all, first.next(), 9, begun));
    assertThat(first.restored()).isEqualTo(1);
    assertThat(second.restored() + second.deleted()).isZero();
    assertThat(second.changed())
        .containsExactly(ByteString.copyFromUtf8("b"), ByteString.copyFromUtf8("c"));
    assertThat(live.text(bucket, "b", null)).isEqualTo("newer");
    assertThat(live.text(bucket, "c", null)).isEqualTo("new");
  }

  @Test
  void compare_afterAMarkerBeforeThePrefix_staysInThePrefix() {
    Bucket bucket = live.bucket("b", 1);
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    for (String key : List.of("a", "b/1", "c")) {
      live.put(bucket, key, key);
    }
    assertThat(
            await(
                    restorer.compare(
                        then,
                        bucket,
                        ByteString.copyFromUtf8("b/"),
                        ByteString.copyFromUtf8("a"),
                        10))
                .getDifferencesList())
        .extracting(each -> each.getKey().toStringUtf8())
        .containsExactly("b/1");
  }

  @Test
  void at_withoutAWindow_isRefused() {
    live.bucket("b", 3);
    long now = timeMs(3);
    assertThatThrownBy(() -> await(moments.at(now, "b"))).hasMessageContaining("no history window");
  }

  @Test
  void restoreKey_leavesOthersThatBeginWithIt() {
    Bucket bucket = live.bucket("b", 1);
    live.put(bucket, "k", "1");
    live.put(bucket, "k1", "2");
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    live.put(bucket, "k1", "3");
    ByteString key = ByteString.copyFromUtf8("k");
    assertThat(await(restorer.restoreKey(then, bucket, key, terms(bucket))).restored()).isZero();
    live.put(bucket, "k", "4");
    assertThat(await(restorer.restoreKey(then, bucket, key, terms(bucket))).restored())
        .isEqualTo(1);
    assertThat(live.text(bucket, "k", null)).isEqualTo("1");
    assertThat(live.text(bucket, "k1", null)).isEqualTo("3");
  }

  @Test
  void restore_toATime_insideTheWindow() throws Exception {
    live.window(Duration.ofHours(1));
    Bucket bucket = live.bucket("b", 3);
    live.put(bucket, "k", "one");
    long then = timeMs(bucket.getShard());
    awaitLaterThan(then, bucket);
    live.put(bucket, "k", "two");
    BucketMoment moment = await(moments.at(then, "b"));
    assertThat(live.text(bucket, "k", moment)).isEqualTo("one");
    assertThat(restoreAll(moment, bucket, true).restored()).isEqualTo(1);
    assertThat(live.text(bucket, "k", null)).isEqualTo("one");
    assertThatThrownBy(() -> await(moments.at(then + 3_600_000, "b")))
        .hasMessageContaining("has not come yet");
  }

  private long timeMs(int shard) {
    return live.status(shard).getShardTimeMs();
  }

  /** Shard time goes on with commands alone. */
  private void awaitLaterThan(long timeMs, Bucket bucket) {
    Bucket root = Bucket.newBuilder().setId(7).setShard(MetadataStore.ROOT_SHARD).build();
    while (timeMs(bucket.getShard()) <= timeMs || timeMs(MetadataStore.ROOT_SHARD) <= timeMs) {
      live.delete(bucket, "nothing");
      live.delete(root, "nothing");
    }
  }
}
