package io.sluice.metadata.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardStatus;
import io.sluice.storage.proto.UnmarkBucketDeleting;
import io.sluice.testkit.TestClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GarbageCollectorTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PARTITION = 7;
  private static final GcOptions OPTIONS =
      new GcOptions(
          LIMIT, Duration.ofHours(6), Duration.ofHours(24), 1_000_000, 1_000, 1_000_000_000);

  @TempDir static Path directory;

  private static final TestClock clock = new TestClock();
  private static MetadataServer server;
  private static int buckets;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private MemoryReplica first = new MemoryReplica();
  private MemoryReplica second = new MemoryReplica();
  private GarbageCollector collector;
  private static long random;

  @BeforeAll
  static void open() throws IOException {
    server =
        MetadataServer.open(
            MetadataOptions.in(directory).shards(2).build(),
            clock,
            new SimpleMeterRegistry(),
            (shard, failure) -> {});
  }

  @AfterAll
  static void close() throws IOException {
    server.close();
  }

  @BeforeEach
  void collect() {
    collector = collector(OPTIONS);
  }

  @AfterEach
  void stop() {
    collector.close();
  }

  private GarbageCollector collector(GcOptions options) {
    return collector(options, () -> true);
  }

  private GarbageCollector collector(GcOptions options, BooleanSupplier clocksAgree) {
    return new GarbageCollector(
        server.store(),
        server::leads,
        chunk -> List.<ChunkReplica>of(first, second),
        options,
        clock,
        clock::nanos,
        clocksAgree,
        meters);
  }

  @Test
  void runNow_replacedObject_losesItsChunksAfterTheGraceOnly() {
    Bucket bucket = bucket();
    ChunkId old = store();
    put(bucket, "k", old);
    clock.pass(Duration.ofMinutes(1));
    ChunkId current = store();
    put(bucket, "k", current);

    clock.pass(Duration.ofMinutes(359));
    run();
    assertThat(first.chunks).containsExactly(old, current);

    clock.pass(Duration.ofMinutes(2));
    GcStatus status = run();
    assertThat(first.chunks).containsExactly(current);
    assertThat(second.chunks).containsExactly(current);
    assertThat(status.garbageChunks()).isEqualTo(1);
    assertThat(status.itemsForgotten()).isEqualTo(1);
    assertThat(garbageLeft(bucket)).isZero();
  }

  @Test
  void runNow_replicaDown_garbageStaysListedUntilItConfirms() {
    Bucket bucket = bucket();
    put(bucket, "k", store());
    delete(bucket, "k");
    clock.pass(Duration.ofHours(7));
    second.down = true;
    run();
    assertThat(first.chunks).isEmpty();
    assertThat(garbageLeft(bucket)).isEqualTo(1);
    second.down = false;
    run();
    assertThat(second.chunks).isEmpty();
    assertThat(garbageLeft(bucket)).isZero();
  }

  /** What nobody confirms is older than the rest, and more than a page of it. */
  @Test
  void runNow_pagesOfGarbageThatCannotBeConfirmed_holdUpNothingBehindThem() {
    clock.pass(Duration.ofHours(7));
    run(); // of what other tests left
    collector.close();
    int page = 5;
    collector = collector(new GcOptions(LIMIT, LIMIT, LIMIT, 1_000_000, page, 1_000_000_000));
    Bucket bucket = bucket();
    List<ChunkId> stuck = new ArrayList<>();
    for (int i = 0; i < 3 * page + 1; i++) {
      stuck.add(store(PARTITION + 1));
      put(bucket, "stuck" + i, stuck.get(i));
      delete(bucket, "stuck" + i);
    }
    clock.pass(Duration.ofMinutes(1));
    List<ChunkId> behind = new ArrayList<>();
    for (int i = 0; i < 2 * page; i++) {
      behind.add(store());
      put(bucket, "behind" + i, behind.get(i));
      delete(bucket, "behind" + i);
    }
    clock.pass(LIMIT.plusMinutes(1));
    second.keeps.addAll(stuck);

    GcStatus status = run();
    assertThat(second.chunks).doesNotContainAnyElementsOf(behind).containsAll(stuck);
    assertThat(status.itemsForgotten()).isEqualTo(behind.size());
    assertThat(garbageLeft(bucket)).isEqualTo(stuck.size());

    second.keeps.clear();
    run();
    assertThat(second.chunks).doesNotContainAnyElementsOf(stuck);
    assertThat(garbageLeft(bucket)).isZero();
  }

  @Test
  void runAgain_whatWasTriedInVain_isNotTriedInEachRun_butAfterAWhile() {
    clock.pass(Duration.ofHours(7));
    run(); // of what other tests left
    Bucket bucket = bucket();
    ChunkId stuck = store();
    put(bucket, "stuck", stuck);
    delete(bucket, "stuck");
    clock.pass(Duration.ofHours(7));
    second.down = true;
    collector.runAgain().await().atMost(LIMIT);
    int tried = second.deletions.get();
    second.down = false;

    ChunkId behind = store();
    put(bucket, "behind", behind);
    delete(bucket, "behind");
    clock.pass(Duration.ofMinutes(5));
    collector.runAgain().await().atMost(LIMIT);
    assertThat(second.deletions).as("the old one is skipped").hasValue(tried);
    assertThat(second.chunks).contains(stuck, behind);
    assertThat(garbageLeft(bucket)).isEqualTo(2);

    clock.pass(Duration.ofMinutes(6));
    collector.runAgain().await().atMost(LIMIT);
    assertThat(second.chunks).as("all is tried again").doesNotContain(stuck);
    assertThat(garbageLeft(bucket)).isEqualTo(1);
    clock.pass(Duration.ofHours(7));
    collector.runAgain().await().atMost(LIMIT);
    assertThat(garbageLeft(bucket)).isZero();
  }

  @Test
  void runAgain_garbageBehindWhatIsSkipped_isCollected() {
    clock.pass(Duration.ofHours(7));
    run(); // of what other tests left
    Bucket bucket = bucket();
    ChunkId stuck = store();
    put(bucket, "stuck", stuck);
    delete(bucket, "stuck");
    clock.pass(Duration.ofMinutes(7));
    ChunkId behind = store();
    put(bucket, "behind", behind);
    delete(bucket, "behind");
    clock.pass(Duration.ofHours(6).minusMinutes(3));
    second.keeps.add(stuck);
    collector.runAgain().await().atMost(LIMIT);
    clock.pass(Duration.ofMinutes(5));
    collector.runAgain().await().atMost(LIMIT);
    assertThat(second.chunks).contains(stuck).doesNotContain(behind);
    assertThat(garbageLeft(bucket)).isEqualTo(1);
    run();
    assertThat(garbageLeft(bucket)).as("a run by hand goes through all").isEqualTo(1);
    second.keeps.clear();
    run();
    assertThat(garbageLeft(bucket)).isZero();
  }

  @Test
  void runNow_chunkThatNothingNames_isDeletedWhenOldEnough() {
    Bucket bucket = bucket();
    ChunkId named = store();
    put(bucket, "k", named);
    ChunkId orphan = store();
    run();
    assertThat(first.chunks).contains(orphan);
    clock.pass(Duration.ofHours(25));
    ChunkId young = store();
    GcStatus status = run();
    assertThat(first.chunks).containsExactly(named, young);
    assertThat(second.chunks).containsExactly(named, young);
    assertThat(status.orphanChunks()).isEqualTo(2);
    assertThat(status.lastFailure()).isNull();
  }

  @Test
  void runNow_replicaDownDuringTheSearch_othersAreCleaned_andThatOneNextTime() {
    Bucket bucket = bucket();
    ChunkId named = store();
    put(bucket, "k", named);
    ChunkId orphan = store();
    clock.pass(Duration.ofHours(25));
    first.down = true;
    assertThat(run().lastFailure()).contains("down");
    assertThat(second.chunks).containsExactly(named);
    first.down = false;
    assertThat(first.chunks).containsExactly(named, orphan);
    run();
    assertThat(first.chunks).containsExactly(named);
  }

  /**
   * INVARIANTS 2: what a long upload has sent is named part by part, so that it never grows old.
   */
  @Test
  void runNow_uploadOfDays_keepsItsParts() {
    Bucket bucket = bucket();
    ChunkId early = store();
    startUpload(bucket);
    putPart(bucket, 1, early);
    clock.pass(Duration.ofHours(25));
    ChunkId late = store();
    ChunkId orphan = store();
    run();
    clock.pass(Duration.ofHours(23));
    putPart(bucket, 2, late);
    clock.pass(Duration.ofHours(25));
    run();
    assertThat(first.chunks).containsExactly(early, late).doesNotContain(orphan);
  }

  /** A page ends at 10,000 chunks, in the middle of what is the last garbage there is. */
  @Test
  void runNow_uploadOfMoreChunksThanAPage_isGoneInOneRun() {
    Bucket bucket = bucket();
    startUpload(bucket);
    for (int number = 1; number <= 3; number++) {
      Part.Builder part = Part.newBuilder().setSize(6_000);
      for (int i = 0; i < 6_000; i++) {
        part.addSlices(ChunkSlice.newBuilder().setChunkId(store().toByteString()).setLength(1));
      }
      putPart(bucket, number, part);
    }
    abortUpload(bucket);
    clock.pass(Duration.ofHours(7));
    run();
    assertThat(garbageLeft(bucket)).isZero();
    assertThat(first.chunks).isEmpty();
  }

  /** INVARIANTS 2: the writer was paused between storing its chunks and committing. */
  @Test
  void runNow_pausedWriterCommitsAfterItsChunksWereListed_isRefused() {
    Bucket bucket = bucket();
    AtomicLong refused = new AtomicLong();
    MemoryReplica[] paused = new MemoryReplica[1];
    ChunkId[] chunk = new ChunkId[1];
    paused[0] =
        new MemoryReplica() {
          @Override
          public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
            Future<List<ChunkId>> listed = super.list(partition, after, max);
            if (partition != PARTITION || refused.get() > 0) {
              return listed;
            }
            // On a thread of its own: this one may be the one that would apply the command.
            return Future.fromCompletionStage(
                    CompletableFuture.runAsync(
                        () -> {
                          assertThatThrownBy(() -> put(bucket, "k", chunk[0]))
                              .isInstanceOfSatisfying(
                                  StorageFailure.Refused.class,
                                  e ->
                                      assertThat(e.code())
                                          .isEqualTo(RefusalCode.CHUNK_BELOW_HORIZON));
                          refused.incrementAndGet();
                        }))
                .compose(done -> listed);
          }
        };
    first = paused[0];
    second = first;
    chunk[0] = store();
    clock.pass(Duration.ofHours(25));
    run();
    assertThat(refused).hasValue(1);
    assertThat(first.chunks).isEmpty();
    assertThatThrownBy(() -> put(bucket, "k", chunk[0])).isInstanceOf(StorageFailure.Refused.class);
  }

  @Test
  void runNow_oneShardWithoutTheHorizon_deletesNothing() {
    MetadataStore broken =
        new MetadataStore() {
          @Override
          public int shardCount() {
            return server.store().shardCount();
          }

          @Override
          public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
            return shard == 1 && command.hasRaiseOrphanHorizon()
                ? Uni.createFrom()
                    .failure(new StorageFailure.Unavailable("no leader", Duration.ZERO, null))
                : server.store().submit(shard, command, deadline);
          }

          @Override
          public Uni<Answer> query(int shard, Query query, Duration deadline) {
            return server.store().query(shard, query, deadline);
          }
        };
    GarbageCollector half =
        new GarbageCollector(
            broken,
            server::leads,
            chunk -> List.<ChunkReplica>of(first, second),
            OPTIONS,
            clock,
            clock::nanos,
            meters);
    ChunkId orphan = store();
    clock.pass(Duration.ofHours(25));
    assertThat(half.runNow().await().atMost(LIMIT).lastFailure()).contains("no leader");
    assertThat(first.chunks).containsExactly(orphan);
    half.close();
  }

  @Test
  void runNow_clockJumped_leavesWhatGoesByAgeUntilConfirmed() {
    ChunkId young = store();
    clock.jump(Duration.ofHours(25));
    GcStatus status = run();
    assertThat(status.clockSuspect()).isTrue();
    assertThat(first.chunks).containsExactly(young);
    collector.confirmClock();
    run();
    assertThat(first.chunks).isEmpty();
  }

  /** INVARIANTS 7: this leader's clock never jumped, but it is another than that of the others. */
  @Test
  void runNow_clockDiffersFromTheMajoritys_proposesNothingThatGoesByAge() {
    run();
    ChunkId orphan = store();
    Bucket bucket = bucket();
    put(bucket, "k", store());
    delete(bucket, "k");
    clock.pass(Duration.ofDays(2));
    collector.close();
    AtomicBoolean agree = new AtomicBoolean();
    collector = collector(OPTIONS, agree::get);
    long horizonMs = status(0).getOrphanHorizonMs();

    assertThat(run().clockSuspect()).isTrue();
    collector.confirmClock();
    assertThat(run().clockSuspect()).as("nobody's word makes it right").isTrue();
    assertThat(first.chunks).hasSize(2).contains(orphan);
    assertThat(garbageLeft(bucket)).isEqualTo(1);
    assertThat(status(0).getOrphanHorizonMs()).isEqualTo(horizonMs);

    agree.set(true);
    run();
    assertThat(first.chunks).isEmpty();
  }

  /** The collector asks how far orphans were collected; meanwhile somebody sets the clock. */
  @Test
  void runNow_clockJumpsBetweenTheLookAndTheHorizon_movesNoHorizon() {
    collector.close();
    Duration wrong = Duration.ofDays(400);
    MetadataStore slow =
        new MetadataStore() {
          @Override
          public int shardCount() {
            return server.store().shardCount();
          }

          @Override
          public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
            return server.store().submit(shard, command, deadline);
          }

          @Override
          public Uni<Answer> query(int shard, Query query, Duration deadline) {
            Uni<Answer> asked = server.store().query(shard, query, deadline);
            return shard == 0 && query.hasListDeletingBuckets()
                ? asked.invoke(() -> afterBuckets.set(true))
                : asked.invoke(
                    () -> {
                      if (afterBuckets.get() && query.hasGetShardStatus()) {
                        clock.jump(wrong);
                      }
                    });
          }

          private final AtomicBoolean afterBuckets = new AtomicBoolean();
        };
    collector =
        new GarbageCollector(
            slow,
            server::leads,
            chunk -> List.<ChunkReplica>of(first, second),
            OPTIONS,
            clock,
            clock::nanos,
            meters);
    collector.confirmClock();
    GcStatus status = run();
    clock.jump(wrong.negated());
    assertThat(status.clockSuspect()).isTrue();
    assertThat(horizon()).isLessThan(clock.millis());
  }

  @Test
  void runNow_clockJumpsInMidSweep_endsEarly() {
    Set<Integer> listed = ConcurrentHashMap.newKeySet();
    first =
        new MemoryReplica() {
          @Override
          public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
            listed.add(partition);
            if (partition == PARTITION) {
              clock.jump(Duration.ofHours(1));
            }
            return super.list(partition, after, max);
          }
        };
    collector.confirmClock();
    run();
    clock.jump(Duration.ofHours(-1));
    assertThat(listed).contains(PARTITION).doesNotContain(PARTITION + 1);
  }

  /** A download that began before the object was deleted may go on for a grace. */
  @Test
  void runNow_clockLeaptAhead_youngGarbageStaysForARealGrace() {
    Bucket bucket = bucket();
    ChunkId read = store();
    put(bucket, "k", read);
    delete(bucket, "k");
    clock.jump(Duration.ofHours(7));
    run();
    for (int minutes = 0; minutes < 300; minutes += 50) {
      clock.pass(Duration.ofMinutes(50));
      run();
    }
    assertThat(first.chunks).contains(read);
    clock.pass(Duration.ofHours(2));
    run();
    assertThat(first.chunks).doesNotContain(read);
  }

  /** The clock was wrong when the server started, so nobody saw it jump. */
  @Test
  void runNow_startedWithTheClockFarAhead_uploadsAreTakenOnceItIsSetRight() {
    collector.close();
    Duration wrong = Duration.ofDays(400);
    clock.jump(wrong);
    collector = collector(OPTIONS);
    long before = horizon();
    run();
    clock.pass(Duration.ofHours(1));
    run();
    assertThat(horizon()).isEqualTo(before);
    clock.jump(wrong.negated());
    run();
    put(bucket(), "k", store());
  }

  @Test
  void runNow_restartedAfterAShortPause_collectsOrphansAtOnce() {
    clock.pass(Duration.ofHours(25));
    run();
    ChunkId orphan = store();
    for (int i = 0; i < 26; i++) {
      clock.pass(Duration.ofHours(1));
      collector.close();
      collector = collector(OPTIONS);
      run();
    }
    assertThat(first.chunks).doesNotContain(orphan);
  }

  @Test
  void runNow_restartedAfterALongPause_waitsForAnEvenGraceOrTheOperator() {
    clock.pass(Duration.ofHours(25));
    run();
    ChunkId orphan = store();
    collector.close();
    clock.jump(Duration.ofDays(3)); // the monotonic clock begins anew with a process
    collector = collector(OPTIONS);
    assertThat(run().clockSuspect()).isTrue();
    assertThat(first.chunks).contains(orphan);
    collector.confirmClock();
    assertThat(run().clockSuspect()).isFalse();
    assertThat(first.chunks).doesNotContain(orphan);
  }

  @Test
  void runNow_afterARestartInMidSweep_goesOnWhereItWas() {
    for (int i = 0; i < 10_001; i++) {
      store();
    }
    clock.pass(Duration.ofHours(25));
    Set<Integer> listed = ConcurrentHashMap.newKeySet();
    first =
        new MemoryReplica() {
          @Override
          public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
            listed.add(partition);
            return partition == PARTITION + 3
                ? Promise.<List<ChunkId>>promise().future() // the process ends here
                : super.list(partition, after, max);
          }
        };
    var unused = collector.runNow().subscribe().with(status -> {});
    Awaitility.await().until(() -> status(0).getOrphanPartition() == PARTITION + 1);
    Awaitility.await().until(() -> listed.contains(PARTITION + 3));
    collector.close();

    listed.clear();
    first =
        new MemoryReplica() {
          @Override
          public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
            listed.add(partition);
            return super.list(partition, after, max);
          }
        };
    collector = collector(OPTIONS);
    run();
    assertThat(listed).doesNotContain(0, PARTITION).contains(PARTITION + 1, 255);
    assertThat(status(0).getOrphanPartition()).isZero();
    listed.clear();
    run();
    assertThat(listed).contains(0, PARTITION);
  }

  /** Its gateway found it not empty, and takes the mark away after the sweep has sealed it. */
  @Test
  void runNow_bucketUnmarkedWhileItIsRemoved_isRemovedAllTheSame() {
    Bucket bucket = bucket();
    mark(bucket);
    MetadataStore racing =
        new MetadataStore() {
          @Override
          public int shardCount() {
            return server.store().shardCount();
          }

          @Override
          public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
            Uni<Outcome> submitted = server.store().submit(shard, command, deadline);
            return command.hasSealBucket()
                ? submitted.call(() -> server.store().submit(0, unmarking(bucket), deadline))
                : submitted;
          }

          @Override
          public Uni<Answer> query(int shard, Query query, Duration deadline) {
            return server.store().query(shard, query, deadline);
          }
        };
    collector.close();
    collector =
        new GarbageCollector(
            racing,
            server::leads,
            chunk -> List.<ChunkReplica>of(first, second),
            OPTIONS,
            clock,
            clock::nanos,
            meters);
    run();
    assertThat(run().lastFailure()).isNull();
    assertThatThrownBy(() -> find(bucket.getName())).isInstanceOf(StorageFailure.Refused.class);
  }

  private static Command unmarking(Bucket bucket) {
    return Command.newBuilder()
        .setUnmarkBucketDeleting(
            UnmarkBucketDeleting.newBuilder().setBucketId(bucket.getId()).setName(bucket.getName()))
        .build();
  }

  @Test
  void runNow_halfDoneDeletionOfAnEmptyBucket_isFinishedTheSecondTime() {
    Bucket bucket = bucket();
    mark(bucket);
    assertThat(run().bucketsResolved()).isZero();
    assertThat(run().bucketsResolved()).isEqualTo(1);
    assertThatThrownBy(() -> find(bucket.getName()))
        .isInstanceOfSatisfying(
            StorageFailure.Refused.class,
            e -> assertThat(e.code()).isEqualTo(RefusalCode.NO_SUCH_BUCKET));
  }

  @Test
  void runNow_halfDoneDeletionOfABucketWithObjects_isTakenBack() {
    Bucket bucket = bucket();
    put(bucket, "k", store());
    mark(bucket);
    run();
    run();
    assertThat(find(bucket.getName()).getDeleting()).isFalse();
  }

  @Test
  void runNow_longChangeIndex_isTrimmed() {
    collector.close();
    collector = collector(new GcOptions(LIMIT, LIMIT, LIMIT, 5, 100, 1_000_000_000));
    Bucket bucket = bucket();
    for (int i = 0; i < 20; i++) {
      put(bucket, "k" + i, store());
    }
    run();
    var status = status(bucket.getShard());
    assertThat(status.getNewestChange() - status.getOldestChange()).isLessThan(10);
  }

  private GcStatus run() {
    return collector.runNow().await().atMost(LIMIT);
  }

  private ChunkId store() {
    return store(PARTITION);
  }

  private ChunkId store(int partition) {
    ChunkId chunk = ChunkId.of(0, partition, clock.millis(), random++);
    first.chunks.add(chunk);
    second.chunks.add(chunk);
    return chunk;
  }

  private static Bucket bucket() {
    String name = "bucket-" + buckets++;
    return submit(
            0,
            Command.newBuilder()
                .setCreateBucket(CreateBucket.newBuilder().setName(name).setOwner("o").setShard(1))
                .build())
        .getBucket();
  }

  private void mark(Bucket bucket) {
    submit(
        0,
        Command.newBuilder()
            .setMarkBucketDeleting(
                MarkBucketDeleting.newBuilder()
                    .setBucketId(bucket.getId())
                    .setName(bucket.getName()))
            .build());
  }

  private Bucket find(String name) {
    return query(0, Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build())
        .getBucket();
  }

  private void put(Bucket bucket, String key, ChunkId chunk) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setPutObject(
                PutObject.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8(key))
                    .setObject(ObjectVersion.newBuilder().setSize(1).setEtag("e"))
                    .setPart(part(chunk)))
            .build());
  }

  private void startUpload(Bucket bucket) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setCreateUpload(
                CreateUpload.newBuilder()
                    .setBucketId(bucket.getId())
                    .setUpload(MultipartUpload.newBuilder().setKey("long").setUploadId("days")))
            .build());
  }

  private void abortUpload(Bucket bucket) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setAbortUpload(
                AbortUpload.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8("long"))
                    .setUploadId("days"))
            .build());
  }

  private void putPart(Bucket bucket, int number, ChunkId chunk) {
    putPart(bucket, number, part(chunk));
  }

  private void putPart(Bucket bucket, int number, Part.Builder part) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setPutPart(
                PutPart.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8("long"))
                    .setUploadId("days")
                    .setNumber(number)
                    .setPart(part))
            .build());
  }

  private static Part.Builder part(ChunkId chunk) {
    return Part.newBuilder()
        .setSize(1)
        .addSlices(ChunkSlice.newBuilder().setChunkId(chunk.toByteString()).setLength(1));
  }

  private void delete(Bucket bucket, String key) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setDeleteObject(
                DeleteObject.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8(key)))
            .build());
  }

  private long horizon() {
    return status(0).getOrphanHorizonMs();
  }

  private long garbageLeft(Bucket bucket) {
    return status(bucket.getShard()).getGarbage();
  }

  private ShardStatus status(int shard) {
    return query(
            shard,
            Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build())
        .getStatus();
  }

  private static Outcome submit(int shard, Command command) {
    return server.store().submit(shard, command, LIMIT).await().atMost(LIMIT);
  }

  private Answer query(int shard, Query query) {
    return server.store().query(shard, query, LIMIT).await().atMost(LIMIT);
  }
}
