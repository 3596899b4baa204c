package io.sluice.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.recovery.restore.Moments;
import io.sluice.recovery.restore.RestorePage;
import io.sluice.recovery.restore.RestoreTerms;
import io.sluice.recovery.restore.Restorer;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.SetHistoryWindow;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots and restores over four shards of real metadata. */
class SnapshotsTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SHARDS = 4;

  private MetadataServer server;
  private MetadataStore metadata;
  private SnapshotCatalog snapshots;
  private Moments moments;
  private Restorer restorer;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    MetadataOptions options =
        MetadataOptions.in(directory.resolve("metadata"))
            .node("n1")
            .memory(8 << 20, 8 << 20)
            .startLimit(LIMIT)
            .build();
    server =
        MetadataServer.open(
            options, Clock.systemUTC(), new SimpleMeterRegistry(), (shard, failure) -> {});
    metadata = server.store();
    for (int shard = 0; shard < SHARDS; shard++) {
      submit(
          shard,
          Command.newBuilder()
              .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
    }
    snapshots = new SnapshotCatalog(metadata);
    moments = new Moments(metadata, Clock.systemUTC());
    restorer = new Restorer(metadata);
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  private static <T> T await(Uni<T> result) {
    return result.await().atMost(LIMIT);
  }

  private Outcome submit(int shard, Command.Builder command) {
    return await(metadata.submit(shard, command.build(), LIMIT));
  }

  private Bucket bucket(String name, int shard) {
    return submit(
            MetadataStore.ROOT_SHARD,
            Command.newBuilder()
                .setCreateBucket(
                    CreateBucket.newBuilder().setName(name).setOwner("ann").setShard(shard)))
        .getBucket();
  }

  private void put(Bucket bucket, String key, String text) {
    ByteString data = ByteString.copyFromUtf8(text);
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setPutObject(
                PutObject.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8(key))
                    .setObject(ObjectVersion.newBuilder().setOwner("ann").setEtag(text))
                    .setPart(Part.newBuilder().setSize(data.size()).setInline(true))
                    .setInlineData(data)));
  }

  private void delete(Bucket bucket, String key) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setDeleteObject(
                DeleteObject.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8(key))));
  }

  private @Nullable String text(Bucket bucket, String key, @Nullable BucketMoment then) {
    GetObject.Builder get =
        GetObject.newBuilder()
            .setBucketId(bucket.getId())
            .setKey(ByteString.copyFromUtf8(key))
            .setWithContent(true);
    if (then != null) {
      get.setAt(then.at());
    }
    try {
      return await(
              metadata.query(
                  bucket.getShard(), Query.newBuilder().setGetObject(get).build(), LIMIT))
          .getObject()
          .getInlineData()
          .toStringUtf8();
    } catch (StorageFailure.Refused absent) {
      return null;
    }
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
    long pins = 0;
    for (int shard = 0; shard < SHARDS; shard++) {
      pins +=
          await(
                  metadata.query(
                      shard,
                      Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build(),
                      LIMIT))
              .getPins()
              .getPinsList()
              .stream()
              .filter(pin -> !pin.getRemoved())
              .count();
    }
    return pins;
  }

  @Test
  void create_allBuckets_pinsEachShardOnce_andCanBeRead() {
    Bucket one = bucket("one", 1);
    Bucket three = bucket("three", 3);
    put(one, "k", "first");
    put(three, "k", "third");
    SnapshotRow made = await(snapshots.create("nightly", "", 0));
    assertThat(made.getPositionsCount()).isEqualTo(SHARDS);
    assertThat(pins()).isEqualTo(SHARDS);
    put(one, "k", "changed");
    delete(three, "k");

    SnapshotRow found = await(snapshots.find("nightly"));
    assertThat(text(one, "k", await(moments.in(found, "one")))).isEqualTo("first");
    assertThat(text(three, "k", await(moments.in(found, "three")))).isEqualTo("third");
  }

  @Test
  void create_oneBucket_pinsItsShardAndWhereItsNameIs() {
    bucket("one", 2);
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
      buckets.add(bucket("bucket-" + shard, shard));
      put(buckets.get(shard), "count", "0");
    }
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong counted = new AtomicLong();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                long next = counted.incrementAndGet();
                buckets.forEach(each -> put(each, "count", Long.toString(next)));
              }
            });
    try {
      for (int i = 0; i < 3; i++) {
        long before = counted.get();
        LatePin late = new LatePin(metadata, SHARDS - 1, counted, Duration.ofMillis(latenessMs));
        SnapshotRow made = await(new SnapshotCatalog(late).create("cut-" + i, "", 0));
        List<Long> numbers = new ArrayList<>();
        for (Bucket each : buckets) {
          String text = text(each, "count", await(moments.in(made, each.getName())));
          numbers.add(Long.parseLong(String.valueOf(text)));
        }
        assertThat(numbers).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(numbers.get(0) - numbers.get(SHARDS - 1)).isBetween(0L, 1L);
        assertThat(numbers.get(SHARDS - 1)).isGreaterThanOrEqualTo(before - 1);
        if (latenessMs > 500) {
          assertThat(late.times()).as("longer than a hold: done again").isGreaterThan(1);
        }
      }
      assertThat(counted.get()).as("the writer was not stopped").isGreaterThan(3);
    } finally {
      stop.set(true);
      writer.get();
    }
  }

  @Test
  void restore_inPlace_bringsBackAndDeletes_onlyWhenItMay() {
    Bucket bucket = bucket("b", 1);
    put(bucket, "gone", "1");
    put(bucket, "replaced", "2");
    SnapshotRow made = await(snapshots.create("s", "b", 0));
    delete(bucket, "gone");
    put(bucket, "replaced", "3");
    put(bucket, "new", "4");
    BucketMoment then = await(moments.in(made, "b"));

    RestorePage careful = restoreAll(then, bucket, false);
    assertThat(careful.restored()).isEqualTo(1);
    assertThat(careful.left()).hasSize(2);
    assertThat(text(bucket, "gone", null)).isEqualTo("1");
    assertThat(text(bucket, "replaced", null)).isEqualTo("3");

    RestorePage all = restoreAll(then, bucket, true);
    assertThat(all.restored()).isEqualTo(1);
    assertThat(all.deleted()).isEqualTo(1);
    assertThat(text(bucket, "replaced", null)).isEqualTo("2");
    assertThat(text(bucket, "new", null)).isNull();
    assertThat(restoreAll(then, bucket, true).restored()).as("a second time").isZero();
  }

  @Test
  void restore_intoAnotherBucket_leavesTheRestOfIt() {
    Bucket source = bucket("source", 1);
    Bucket target = bucket("target", 1);
    put(source, "k", "then");
    put(target, "own", "stays");
    SnapshotRow made = await(snapshots.create("s", "source", 0));
    put(source, "k", "now");
    BucketMoment then = await(moments.in(made, "source"));
    assertThat(restoreAll(then, target, false).restored()).isEqualTo(1);
    assertThat(text(target, "k", null)).isEqualTo("then");
    assertThat(text(target, "own", null)).isEqualTo("stays");
    assertThat(text(source, "k", null)).isEqualTo("now");
    assertThatThrownBy(() -> restoreAll(then, bucket("elsewhere", 2), false))
        .hasMessageContaining("lies in another shard");
  }

  /** Pages come one after the other: what is written between them is newer than the restore. */
  @Test
  void restore_objectWrittenSinceItBegan_isLeftAsItIs() {
    Bucket bucket = bucket("b", 1);
    put(bucket, "a", "1");
    put(bucket, "b", "2");
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    put(bucket, "a", "3");
    put(bucket, "b", "4");
    RestoreTerms begun = terms(bucket);
    ByteString all = ByteString.EMPTY;
    RestorePage first = await(restorer.restore(then, bucket, all, null, 1, begun));
    put(bucket, "b", "newer");
    put(bucket, "c", "new");
    RestorePage second = await(restorer.restore(then, bucket, all, first.next(), 9, begun));
    assertThat(first.restored()).isEqualTo(1);
    assertThat(second.restored() + second.deleted()).isZero();
    assertThat(second.changed())
        .containsExactly(ByteString.copyFromUtf8("b"), ByteString.copyFromUtf8("c"));
    assertThat(text(bucket, "b", null)).isEqualTo("newer");
    assertThat(text(bucket, "c", null)).isEqualTo("new");
  }

  @Test
  void compare_afterAMarkerBeforeThePrefix_staysInThePrefix() {
    Bucket bucket = bucket("b", 1);
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    for (String key : List.of("a", "b/1", "c")) {
      put(bucket, key, key);
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

  /** Of another shard there is no position in this one. */
  @Test
  void compare_bucketMadeAgainInAnotherShard_isRefused() {
    Bucket first = bucket("b", 1);
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    Bucket other = first.toBuilder().setId(first.getId() + 1).setShard(2).build();
    BucketMoment later = new BucketMoment(other, then.at());
    assertThatThrownBy(() -> restorer.compare(then, later, ByteString.EMPTY, null, 10))
        .hasMessageContaining("another shard");
  }

  @Test
  void at_withoutAWindow_isRefused() {
    bucket("b", 3);
    long now = timeMs(3);
    assertThatThrownBy(() -> await(moments.at(now, "b"))).hasMessageContaining("no history window");
  }

  @Test
  void restoreKey_leavesOthersThatBeginWithIt() {
    Bucket bucket = bucket("b", 1);
    put(bucket, "k", "1");
    put(bucket, "k1", "2");
    SnapshotRow made = await(snapshots.create("s", "", 0));
    BucketMoment then = await(moments.in(made)).get(0);
    put(bucket, "k1", "3");
    ByteString key = ByteString.copyFromUtf8("k");
    assertThat(await(restorer.restoreKey(then, bucket, key, terms(bucket))).restored()).isZero();
    put(bucket, "k", "4");
    assertThat(await(restorer.restoreKey(then, bucket, key, terms(bucket))).restored())
        .isEqualTo(1);
    assertThat(text(bucket, "k", null)).isEqualTo("1");
    assertThat(text(bucket, "k1", null)).isEqualTo("3");
  }

  @Test
  void restore_toATime_insideTheWindow() throws Exception {
    for (int shard = 0; shard < SHARDS; shard++) {
      submit(
          shard,
          Command.newBuilder()
              .setSetHistoryWindow(SetHistoryWindow.newBuilder().setWindowMs(3_600_000)));
    }
    Bucket bucket = bucket("b", 3);
    put(bucket, "k", "one");
    long then = timeMs(bucket.getShard());
    awaitLaterThan(then, bucket);
    put(bucket, "k", "two");
    BucketMoment moment = await(moments.at(then, "b"));
    assertThat(text(bucket, "k", moment)).isEqualTo("one");
    assertThat(restoreAll(moment, bucket, true).restored()).isEqualTo(1);
    assertThat(text(bucket, "k", null)).isEqualTo("one");
    assertThatThrownBy(() -> await(moments.at(then + 3_600_000, "b")))
        .hasMessageContaining("has not come yet");
  }

  private long timeMs(int shard) {
    return await(
            metadata.query(
                shard,
                Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build(),
                LIMIT))
        .getStatus()
        .getShardTimeMs();
  }

  /** Shard time goes on with commands alone. */
  private void awaitLaterThan(long timeMs, Bucket bucket) {
    while (timeMs(bucket.getShard()) <= timeMs || timeMs(MetadataStore.ROOT_SHARD) <= timeMs) {
      delete(bucket, "nothing");
      submit(
          MetadataStore.ROOT_SHARD,
          Command.newBuilder()
              .setDeleteObject(
                  DeleteObject.newBuilder().setBucketId(7).setKey(ByteString.copyFromUtf8("x"))));
    }
  }
}
