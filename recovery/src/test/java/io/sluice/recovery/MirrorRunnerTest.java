package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.TestEndpoint;
import io.sluice.recovery.mirror.MirrorEndpoint;
import io.sluice.recovery.mirror.MirrorGround;
import io.sluice.recovery.mirror.MirrorPlace;
import io.sluice.recovery.mirror.MirrorRecords;
import io.sluice.recovery.mirror.MirrorRunner;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.MarkMirrorLost;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutBucketReplication;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ReplicationConfiguration;
import io.sluice.storage.proto.ReplicationRule;
import io.sluice.storage.proto.UserMetadata;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mirrors that change hands, lose their changes, or find their endpoint broken. */
class MirrorRunnerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration SHORT_SILENCE = Duration.ofSeconds(1);
  private static final UUID CLUSTER = UUID.fromString("00000000-0000-4000-8000-0000000000a1");

  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final List<MirrorRunner> runners = new ArrayList<>();
  private LiveMetadata metadata;
  private TestEndpoint endpoint;
  private Bucket bucket;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    metadata = LiveMetadata.open(directory, 2, Clock.systemUTC());
    endpoint = new TestEndpoint();
    bucket = metadata.bucket("photos", 1);
    await(records().put(mirrorOf(endpoint.url()).build()));
  }

  private MirrorRecord.Builder mirrorOf(String url) {
    return MirrorRecord.newBuilder()
        .setName("m")
        .setBucket("photos")
        .setBucketId(bucket.getId())
        .setShard(1)
        .setUrl(url);
  }

  @AfterEach
  void close() throws IOException {
    runners.forEach(MirrorRunner::close);
    Awaitility.await("runs end")
        .atMost(PATIENCE)
        .until(() -> runners.stream().allMatch(each -> each.running().isEmpty()));
    timers.shutdownNow();
    endpoint.close();
    metadata.close();
  }

  private MirrorRecords records() {
    return new MirrorRecords(metadata.store());
  }

  private MirrorRunner start() {
    return start(mirror -> new MirrorEndpoint(endpoint.open()));
  }

  private MirrorRunner start(MirrorGround.Places places) {
    return start(places, () -> true, MirrorGround.SILENCE_MAX);
  }

  private MirrorRunner start(
      MirrorGround.Places places, BooleanSupplier acknowledges, Duration silenceMax) {
    return start(metadata.store(), places, acknowledges, silenceMax);
  }

  private MirrorRunner start(MetadataStore store, MirrorGround.Places places) {
    return start(store, places, () -> true, MirrorGround.SILENCE_MAX);
  }

  private MirrorRunner start(
      MetadataStore store,
      MirrorGround.Places places,
      BooleanSupplier acknowledges,
      Duration silenceMax) {
    MirrorRunner runner =
        new MirrorRunner(
            new MirrorGround(
                store,
                new NoChunks(),
                CLUSTER,
                "n" + runners.size(),
                () -> true,
                acknowledges,
                places,
                timers,
                Clock.systemUTC(),
                silenceMax));
    runners.add(runner);
    runner.start();
    return runner;
  }

  private void stop(MirrorRunner runner) {
    runner.close();
    Awaitility.await("it ends").atMost(PATIENCE).until(() -> runner.running().isEmpty());
  }

  private MirrorRecord mirror() {
    return await(records().list()).get(0);
  }

  private MirrorProgress until(Predicate<MirrorProgress> condition) {
    MirrorRecord[] last = new MirrorRecord[1];
    try {
      Awaitility.await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                last[0] = mirror();
                return condition.test(last[0].getProgress());
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("not so: " + last[0], e);
    }
    return last[0].getProgress();
  }

  /** Whether all that was written so far is there. */
  private Predicate<MirrorProgress> isEqual() {
    long newest = metadata.status(1).getNewestChange();
    return progress ->
        progress.hasReadTo()
            && !progress.getLost()
            && progress.getFailingCount() == 0
            && progress.getPosition().getIndex() >= newest;
  }

  @Test
  void run_takenOver_goesOnWhereItWas() {
    metadata.put(bucket, "a", "1");
    metadata.put(bucket, "b", "1");
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    metadata.put(bucket, "b", "2");
    metadata.delete(bucket, "a");
    metadata.put(bucket, "c", "1");
    start();
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("b", "2", "c", "1"));
    assertThat(done.getComparisons()).isOne();
    assertThat(done.getObjects()).isEqualTo(4);
    assertThat(mirror().getOwner()).isEqualTo("n1");
  }

  @Test
  void run_changesGone_isLostAndComparesAnew() {
    metadata.put(bucket, "a", "1");
    metadata.put(bucket, "b", "1");
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    endpoint.put("somebody's", "else");
    metadata.put(bucket, "c", "1");
    metadata.delete(bucket, "b");
    lose();
    assertThat(mirror().getProgress().getLost()).isTrue();
    start();
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1", "c", "1", "somebody's", "else"));
    assertThat(done.getComparisons()).isEqualTo(2);
    assertThat(done.getObjects()).as("what was the same is not sent again").isEqualTo(3);
    assertThat(done.getLeft()).isOne();
  }

  @Test
  void run_endpointBroken_waitsAndLosesNothing() {
    start();
    until(isEqual());
    endpoint.fail("PutObject", 2, 404, "NoSuchBucket");
    metadata.put(bucket, "a", "1");
    MirrorProgress broken = until(progress -> progress.getLastErrorMs() > 0);
    assertThat(broken.getLastError()).contains("there is no bucket");
    assertThat(broken.getFailingCount()).isZero();
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1"));
  }

  @Test
  void run_oneObjectRefused_isTriedAgainAndHoldsThePosition() {
    start();
    until(isEqual());
    endpoint.fail("PutObject", 2, 400, "InvalidArgument");
    metadata.put(bucket, "a", "1");
    MirrorProgress held = until(progress -> progress.getFailingCount() == 1);
    assertThat(held.getFailing(0).getKey().toStringUtf8()).isEqualTo("a");
    assertThat(held.getPosition().getIndex()).isLessThan(held.getReadTo().getIndex());
    metadata.put(bucket, "b", "1");
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1", "b", "1"));
  }

  /** Of five objects of 1,000 bytes, at 1,000 a second, the last one comes seconds later. */
  @Test
  void run_bandwidth_isNotExceeded() {
    await(records().remove("m"));
    await(records().put(mirrorOf(endpoint.url()).setBytesPerSecondMax(1_000).build()));
    for (int i = 0; i < 5; i++) {
      metadata.put(bucket, "k" + i, "x".repeat(1_000));
    }
    start();
    Awaitility.await().atMost(PATIENCE).until(() -> !endpoint.texts().isEmpty());
    long first = System.nanoTime();
    until(isEqual());
    assertThat(Duration.ofNanos(System.nanoTime() - first)).isGreaterThan(Duration.ofSeconds(2));
    assertThat(endpoint.texts()).hasSize(5);
  }

  /** What hangs never fails by itself. */
  @Test
  void run_placeThatHangs_isTold_andGoesOnWhenItIsBack() throws IOException {
    CountDownLatch back = new CountDownLatch(1);
    Hanging hanging = new Hanging(new MirrorEndpoint(endpoint.open()), back);
    metadata.put(bucket, "a", "1");
    start(mirror -> hanging, () -> true, SHORT_SILENCE);
    requireTold(back);
  }

  @Test
  void run_placeThatHangsWhileItIsOpened_isTold_andGoesOnWhenItIsBack() {
    CountDownLatch back = new CountDownLatch(1);
    metadata.put(bucket, "a", "1");
    start(
        mirror -> {
          hang(back);
          return new MirrorEndpoint(endpoint.open());
        },
        () -> true,
        SHORT_SILENCE);
    requireTold(back);
  }

  private void requireTold(CountDownLatch back) {
    MirrorProgress told = until(progress -> progress.getLastErrorMs() > 0);
    assertThat(told.getLastError()).containsPattern("has not answered for [1-9]\\d* s");
    assertThat(told.getFailures()).as("told once").isOne();
    back.countDown();
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1"));
  }

  private static void hang(CountDownLatch back) throws IOException {
    try {
      back.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** A file system whose server is gone for a while. */
  private static final class Hanging extends ForwardingPlace {
    private final CountDownLatch back;
    private final AtomicReference<@Nullable Long> hangsSince = new AtomicReference<>();

    Hanging(MirrorPlace place, CountDownLatch back) {
      super(place);
      this.back = back;
    }

    boolean hangs() {
      return hangsSince.get() != null;
    }

    @Override
    public Keys keys(String below, String after) throws IOException {
      hangsSince.set(System.nanoTime());
      hang(back);
      hangsSince.set(null);
      return super.keys(below, after);
    }

    @Override
    public Duration silence() {
      Long since = hangsSince.get();
      return since == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
    }
  }

  /** The other side of two that mirror each other may have stored it anew since. */
  @Test
  void run_deletedHere_butStoredThereBySomebodySince_staysThere() {
    start();
    metadata.put(bucket, "a", "1");
    metadata.put(bucket, "b", "1");
    until(isEqual());
    endpoint.put("a", "somebody's");
    metadata.delete(bucket, "a");
    metadata.delete(bucket, "b");
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "somebody's"));
    assertThat(done.getDeletes()).isOne();
    assertThat(done.getLeft()).isOne();
  }

  /** A replication of the bucket, in the mirror's stead, that sends everything and deletions. */
  private void replicate() {
    await(records().remove("m"));
    await(records().put(mirrorOf(endpoint.url()).setReplication(true).build()));
    metadata.submit(
        MetadataStore.ROOT_SHARD,
        Command.newBuilder()
            .setFormat(FormatRange.HISTORY)
            .setPutBucketReplication(
                PutBucketReplication.newBuilder()
                    .setBucketId(bucket.getId())
                    .setName("photos")
                    .setConfiguration(
                        ReplicationConfiguration.newBuilder()
                            .addRules(
                                ReplicationRule.newBuilder()
                                    .setId("r")
                                    .setEnabled(true)
                                    .setDeleteMarkers(true)
                                    .setExistingObjects(true)
                                    .setEndpoint("m")
                                    .setDestination("arn:aws:s3:::backups")))));
  }

  private void lose() {
    metadata.submit(
        MetadataStore.ROOT_SHARD,
        Command.newBuilder()
            .setFormat(FormatRange.HISTORY)
            .setMarkMirrorLost(
                MarkMirrorLost.newBuilder().setName("m").setNeeds(mirror().getNeeds())));
  }

  /** The place of both may have had two names. */
  @Test
  void run_twoBucketsAtOnePlace_leaveEachOthersObjectsThere() {
    Bucket other = metadata.bucket("films", 1);
    await(
        records()
            .put(
                mirrorOf("s3://another-name")
                    .setName("n")
                    .setBucket("films")
                    .setBucketId(other.getId())
                    .build()));
    metadata.put(bucket, "a", "1");
    metadata.put(other, "b", "1");
    MirrorRunner first = start();
    until(isEqual());
    Awaitility.await().atMost(PATIENCE).until(() -> endpoint.texts().size() == 2);
    stop(first);
    lose();
    start();
    assertThat(until(isEqual()).getComparisons()).isEqualTo(2);
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1", "b", "1"));
  }

  /** What was deleted while the rules said to keep it there. */
  @Test
  void run_replicationThatComparesAnew_deletesNothing_andFollowingDoes() {
    replicate();
    metadata.put(bucket, "archived", "1");
    metadata.put(bucket, "a", "1");
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    metadata.delete(bucket, "archived");
    lose();
    start();
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1", "archived", "1"));
    assertThat(done.getLeft()).isOne();
    metadata.delete(bucket, "a");
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("archived", "1"));
  }

  private static Instant later() {
    return Clock.systemUTC().instant().plusSeconds(3_600);
  }

  /**
   * As after a promotion: what the other side's client stored last can't be sent from there yet.
   */
  @Test
  void run_replicationThatComparesAnew_leavesWhatAClientStoredThereLater() {
    replicate();
    metadata.put(bucket, "younger", "1");
    metadata.put(bucket, "older", "1");
    metadata.put(bucket, "changed", "1");
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    metadata.put(bucket, "changed", "2");
    endpoint.put("younger", "theirs", later());
    endpoint.put("older", "theirs");
    lose();
    start();
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts())
        .isEqualTo(Map.of("younger", "theirs", "older", "1", "changed", "2"));
    assertThat(done.getLeft()).isOne();
  }

  @Test
  void run_replicationOfAnObjectThatFailed_leavesWhatAClientStoredThereMeanwhile() {
    replicate();
    MirrorRunner first = start();
    until(isEqual());
    endpoint.beforeNext("PutObject", () -> endpoint.put("a", "theirs", later()));
    endpoint.fail("PutObject", 1, 400, "InvalidArgument");
    metadata.put(bucket, "b", "1");
    until(isEqual());
    metadata.put(bucket, "a", "1");
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "theirs", "b", "1"));
    assertThat(done.getFailures()).isOne();
    stop(first);
  }

  private MirrorProgress deleteAfter(Duration delay) {
    await(records().remove("m"));
    await(records().put(mirrorOf(endpoint.url()).setDeleteDelayMs(delay.toMillis()).build()));
    start();
    return until(isEqual());
  }

  /** It is stored there after the deletion was read, as if it had been stored again here. */
  @Test
  void run_deletedWhileItsUploadIsUnderWay_isDeletedThereWhenTheDelayIsOver() throws Exception {
    MirrorProgress unused = deleteAfter(Duration.ofSeconds(10));
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    endpoint.beforeNext(
        "PutObject",
        () -> {
          arrived.countDown();
          awaitUnchecked(goOn);
        });
    metadata.put(bucket, "a", "1");
    arrived.await();
    metadata.delete(bucket, "a");
    long newest = metadata.status(1).getNewestChange();
    MirrorProgress read = until(progress -> progress.getReadTo().getIndex() >= newest);
    assertThat(read.getFailing(0).getUnderWay()).isTrue();
    // Times of HTTP are of seconds.
    until(progress -> progress.getReadToMs() > read.getReadToMs() + 3_000);
    goOn.countDown();
    Awaitility.await().atMost(PATIENCE).until(() -> !endpoint.texts().isEmpty());
    Awaitility.await().atMost(PATIENCE).until(() -> endpoint.texts().isEmpty());
  }

  /** What it is put by is older than the deletion. */
  @Test
  void run_deletedSomeTimeAfterItWasStored_staysForTheWholeDelay() {
    Duration delay = Duration.ofSeconds(4);
    MirrorProgress unused = deleteAfter(delay);
    metadata.put(bucket, "a", "1");
    MirrorProgress stored = until(isEqual());
    until(progress -> progress.getReadToMs() > stored.getReadToMs() + delay.toMillis() - 1_000);
    long deleted = System.nanoTime();
    metadata.delete(bucket, "a");
    Awaitility.await().atMost(PATIENCE).until(() -> endpoint.texts().isEmpty());
    assertThat(Duration.ofNanos(System.nanoTime() - deleted)).isGreaterThanOrEqualTo(delay);
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** By the endpoint's clock it was stored again since; what it says of itself is older. */
  @Test
  void run_deletionThatIsPassedOverForTheEndpointsClock_isCounted() {
    MirrorProgress unused = deleteAfter(Duration.ofSeconds(1));
    metadata.put(bucket, "a", "1");
    until(isEqual());
    endpoint.setModified("a", later());
    metadata.delete(bucket, "a");
    until(progress -> progress.getLeft() > 0);
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1"));
  }

  /** A client keeps the user metadata that it read. */
  @Test
  void run_thatComparesAnew_sendsWhatHasOtherBytesOfTheSameSizeThere() {
    ByteString data = ByteString.copyFromUtf8("mine");
    metadata.put(
        bucket,
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8("a"))
            .setObject(ObjectVersion.newBuilder().setEtag("918b81db5e91d031548b963c93845e5b"))
            .setPart(Part.newBuilder().setSize(data.size()).setInline(true))
            .setInlineData(data));
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    endpoint.putWithItsMetadata("a", "your");
    lose();
    start();
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "mine"));
  }

  /** Or nothing that it says of itself is taken, and after a lease it stands still for good. */
  @Test
  void run_beginningOfAComparisonIsNotRecorded_beginsAgain() {
    metadata.put(bucket, "a", "1");
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    lose();
    metadata.put(bucket, "a", "2");
    AtomicBoolean failed = new AtomicBoolean();
    start(new Failing(metadata.store(), failed), mirror -> new MirrorEndpoint(endpoint.open()));
    MirrorProgress done = until(isEqual());
    assertThat(failed).isTrue();
    assertThat(done.getComparisons()).as("of the first run, and begun twice").isEqualTo(3);
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "2"));
  }

  /** Does not apply the first command that begins a comparison. */
  private record Failing(MetadataStore store, AtomicBoolean failed) implements MetadataStore {
    @Override
    public int shardCount() {
      return store.shardCount();
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      if (command.getRecordMirror().getBeginsComparison() && !failed.getAndSet(true)) {
        return Uni.createFrom()
            .failure(new StorageFailure.Unavailable("no leader", Duration.ZERO, null));
      }
      return store.submit(shard, command, deadline);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return store.query(shard, query, deadline);
    }
  }

  /** Without its mark the other side would send it back, and that for ever. */
  @Test
  void run_userMetadataThatLeavesNoRoomForTheMark_isNamed_andNotSent() {
    start();
    until(isEqual());
    ByteString data = ByteString.copyFromUtf8("1");
    UserMetadata.Builder large =
        UserMetadata.newBuilder().setName("large").setValue("x".repeat(2_000));
    metadata.put(
        bucket,
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8("a"))
            .setObject(
                ObjectVersion.newBuilder()
                    .setEtag("1")
                    .setHeaders(ObjectHeaders.newBuilder().addUserMetadata(large)))
            .setPart(Part.newBuilder().setSize(data.size()).setInline(true))
            .setInlineData(data));
    metadata.put(bucket, "b", "1");
    MirrorProgress held =
        until(progress -> progress.getFailingCount() == 1 && !endpoint.texts().isEmpty());
    assertThat(held.getFailing(0).getMessage()).contains("leaves no room for where it came from");
    assertThat(endpoint.texts()).isEqualTo(Map.of("b", "1"));
  }

  /** Only a replication's place may have writes of its own. */
  @Test
  void run_mirrorThatComparesAnew_replacesWhatAClientStoredThere() {
    metadata.put(bucket, "a", "1");
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    endpoint.put("a", "theirs", later());
    lose();
    start();
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1"));
  }

  /** The other side's client stores it anew between the look and the deletion. */
  @Test
  void run_replacedThereWhileItIsDeleted_staysThere() {
    start();
    metadata.put(bucket, "a", "1");
    until(isEqual());
    endpoint.beforeNext("DeleteObject", () -> endpoint.put("a", "somebody's"));
    metadata.delete(bucket, "a");
    MirrorProgress done = until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "somebody's"));
    assertThat(done.getLeft()).isOne();
    assertThat(done.getDeletes()).isZero();
  }

  @Test
  void run_replicationOfAClusterThatMayBeOvertaken_sendsNothing() {
    replicate();
    AtomicBoolean acknowledges = new AtomicBoolean();
    metadata.put(bucket, "a", "1");
    start(
        mirror -> new MirrorEndpoint(endpoint.open()), acknowledges::get, MirrorGround.SILENCE_MAX);
    MirrorProgress told = until(progress -> progress.getLastErrorMs() > 0);
    assertThat(told.getLastError()).contains("another cluster may be the primary");
    assertThat(endpoint.texts()).isEmpty();
    acknowledges.set(true);
    until(isEqual());
    assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1"));
  }

  /** What a sender has under way may arrive after all. */
  @Test
  void run_endsWhileASenderHangs_keepsTheLease() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch back = new CountDownLatch(1);
    MirrorEndpoint working = new MirrorEndpoint(endpoint.open());
    metadata.put(bucket, "a", "1");
    MirrorRunner first = start(mirror -> new Deaf(working, hangs, back));
    hangs.await();
    stop(first);
    MirrorRecord kept = mirror();
    assertThat(kept.getLeaseUntilMs()).isGreaterThan(System.currentTimeMillis());
    back.countDown();
  }

  @Test
  void run_endsInOrder_givesTheLeaseBack() {
    MirrorRunner first = start();
    until(isEqual());
    stop(first);
    assertThat(mirror().getLeaseUntilMs()).isLessThanOrEqualTo(System.currentTimeMillis());
  }

  /** An endpoint that hears of no interruption while something is stored. */
  private static final class Deaf extends ForwardingPlace {
    private final CountDownLatch hangs;
    private final CountDownLatch back;

    Deaf(MirrorPlace place, CountDownLatch hangs, CountDownLatch back) {
      super(place);
      this.hangs = hangs;
      this.back = back;
    }

    @Override
    public NewFile create(String key, ObjectVersion object, String origin) throws IOException {
      hangs.countDown();
      boolean waits = true;
      while (waits) {
        try {
          back.await();
          waits = false;
        } catch (InterruptedException e) {
          waits = true;
        }
      }
      return super.create(key, object, origin);
    }
  }

  @Test
  void run_removedWhileItHangsAndAddedAgain_beginsAnew() throws IOException {
    CountDownLatch back = new CountDownLatch(1);
    Hanging hanging = new Hanging(new MirrorEndpoint(endpoint.open()), back);
    AtomicInteger opened = new AtomicInteger();
    metadata.put(bucket, "a", "1");
    start(mirror -> opened.getAndIncrement() == 0 ? hanging : new MirrorEndpoint(endpoint.open()));
    Awaitility.await("it hangs").atMost(PATIENCE).until(hanging::hangs);
    try {
      await(records().remove("m"));
      await(records().put(mirrorOf(endpoint.url()).build()));
      until(isEqual());
      assertThat(hanging.hangs()).isTrue();
      assertThat(endpoint.texts()).isEqualTo(Map.of("a", "1"));
    } finally {
      back.countDown();
    }
  }

  @Test
  void run_removed_ends() {
    MirrorRunner runner = start();
    until(isEqual());
    await(records().remove("m"));
    Awaitility.await("it ends").atMost(PATIENCE).until(() -> runner.running().isEmpty());
    metadata.put(bucket, "a", "1");
    assertThat(endpoint.texts()).isEmpty();
  }
}
