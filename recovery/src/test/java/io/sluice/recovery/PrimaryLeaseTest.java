package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.StoredFile;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.HungTargets;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.recovery.standby.AppliedSet;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Epoch;
import io.sluice.recovery.standby.EpochWatch;
import io.sluice.recovery.standby.Epochs;
import io.sluice.recovery.standby.Fencing;
import io.sluice.recovery.standby.LeaseSetup;
import io.sluice.recovery.standby.LeasedWrites;
import io.sluice.recovery.standby.Successor;
import io.sluice.recovery.standby.WriteRight;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sides never both acknowledge (INVARIANTS 11): a primary with a lease, and who takes over. */
class PrimaryLeaseTest {
  private static final UUID A = new UUID(0, 0xa);
  private static final UUID B = new UUID(0, 0xb);
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final SetId SET = new SetId("20261122T100000.000Z-1f2e3d4c");
  private static final TargetRecord TARGET =
      TargetRecord.newBuilder().setName("disk").setUrl("file:///disk").build();

  /** Of the standby's logs. */
  private static final List<ShardPosition> TAKEN_OVER_AT =
      List.of(
          ShardPosition.newBuilder().setPosition(LogPosition.newBuilder().setIndex(42)).build());

  private static final TargetRecord OTHER =
      TargetRecord.newBuilder().setName("other").setUrl("file:///other").build();

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final MemoryTarget target = new MemoryTarget();

  /** As the primary reaches it. */
  private final Line line = new Line(target);

  private final MemoryTarget otherFiles = new MemoryTarget();
  private final Line other = new Line(otherFiles);
  private final HungTargets hung = new HungTargets();
  private final AtomicLong lookNanos = new AtomicLong();
  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(1);
  private final ExecutorService lookers = Executors.newCachedThreadPool();
  private final List<Duration> waits = new CopyOnWriteArrayList<>();
  private Runnable whileWaiting = () -> {};
  private final List<Successor> overtaken = new CopyOnWriteArrayList<>();
  private LiveMetadata metadata;
  private Bucket bucket;
  private ClusterRole roles;
  private Node node;

  /** The way to the target, which may be cut, or slow. */
  private static final class Line extends ForwardingTarget {
    volatile boolean cut;

    /** As a file system without hard links. */
    volatile boolean claimsNothing;

    /** How many questions are never answered. */
    final AtomicInteger hanging = new AtomicInteger();

    volatile CountDownLatch answers = new CountDownLatch(0);
    volatile CountDownLatch asked = new CountDownLatch(1);

    Line(BackupTarget target) {
      super(target);
    }

    @Override
    public void claim(String name, byte[] bytes) throws IOException {
      if (claimsNothing) {
        throw new FileSystemException(name, null, "no hard links");
      }
      super.claim(name, bytes);
      answered();
    }

    @Override
    public StoredFile open(String name) throws IOException {
      StoredFile file = super.open(name);
      answered();
      return file;
    }

    @Override
    public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
      super.list(prefix, after, each);
      if (hanging.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        asked.countDown();
        hang();
      }
      answered();
    }

    @Override
    public void close() {} // it is the test's

    private void hang() throws IOException {
      try {
        released.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    final CountDownLatch released = new CountDownLatch(1);

    /** After what was asked was done, and before that is told. */
    private void answered() throws IOException {
      if (cut) {
        throw new IOException("no way to the target");
      }
      asked.countDown();
      try {
        if (!answers.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException("nobody answers");
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  /** A node of the primary, with a clock. */
  private final class Node implements AutoCloseable {
    final WriteRight right = new WriteRight(clock::nanos, clock);
    final LeasedWrites writes = new LeasedWrites(metadata.store(), right);
    final EpochWatch watch =
        new EpochWatch(A, (place, patience) -> at(place), right, clock::nanos, overtaken::add);

    /** Hears the role, and looks. */
    void hears() {
      watch.heard(await(roles.get()));
    }

    void looks() {
      clock.pass(LEASE.dividedBy(5));
      hears();
      Awaitility.await().atMost(PATIENCE).until(right::holds);
    }

    boolean acknowledges() {
      try {
        await(writes.submit(bucket.getShard(), put(), LiveMetadata.LIMIT));
        return true;
      } catch (StorageFailure refused) {
        return false;
      }
    }

    @Override
    public void close() {
      watch.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    metadata = LiveMetadata.open(directory, 2, clock);
    bucket = metadata.bucket("photos", 1);
    roles = new ClusterRole(metadata.store());
    node = new Node();
  }

  @AfterEach
  void close() throws IOException {
    line.answers.countDown();
    line.released.countDown();
    node.close();
    metadata.close();
    timers.shutdownNow();
    lookers.shutdownNow();
  }

  private Command put() {
    ByteString data = ByteString.copyFromUtf8("x");
    return Command.newBuilder()
        .setPutObject(
            PutObject.newBuilder()
                .setBucketId(bucket.getId())
                .setKey(ByteString.copyFromUtf8("key"))
                .setObject(ObjectVersion.newBuilder().setOwner("ann").setEtag("x"))
                .setPart(Part.newBuilder().setSize(1).setInline(true))
                .setInlineData(data))
        .build();
  }

  private LeaseSetup setup() {
    return new LeaseSetup(roles, ground(lookers), this::waited);
  }

  private BackupGround ground(Executor threads) {
    return new BackupGround(
        metadata.store(),
        new NoChunks(),
        A,
        "n1",
        () -> true,
        this::at,
        threads,
        timers,
        clock,
        lookNanos::get,
        hung,
        () -> 0);
  }

  /** Another place, or the one that there is. */
  private BackupTarget at(TargetRecord place) {
    return place.getUrl().equals(OTHER.getUrl()) ? other : line;
  }

  /** On a thread of its own: the shards answer on the one that asks for it. */
  private Uni<Void> waited(Duration span) {
    return Uni.createFrom()
        .<Void>emitter(
            emitter -> {
              waits.add(span);
              whileWaiting.run();
              clock.pass(span);
              emitter.complete(null);
            })
        .runSubscriptionOn(task -> new Thread(task, "waited").start());
  }

  private void lease() {
    assertThat(await(setup().set(TARGET, LEASE)).getLease().getClaimed()).isTrue();
  }

  /** A standby takes over; gives how long it waits before it takes a write. */
  private Duration promote() throws IOException {
    Epochs epochs = new Epochs(target);
    Epoch before = epochs.latest().orElseThrow();
    Epoch own =
        new Epoch(
            before.number() + 1,
            B,
            clock.instant(),
            before.lease(),
            new AppliedSet(A, SET),
            false,
            TAKEN_OVER_AT);
    assertThat(epochs.claim(own)).isEqualTo(own);
    return own.promotionWait();
  }

  @Test
  void set_targetHangs_isGivenUp_andCounted_untilItIsBack() throws Exception {
    line.hanging.set(1);
    CompletableFuture<RoleRecord> setting =
        setup().set(TARGET, LEASE).subscribeAsCompletionStage().toCompletableFuture();
    line.asked.await();
    lookNanos.addAndGet(Duration.ofMinutes(2).toNanos());
    assertThatThrownBy(() -> setting.get(30, TimeUnit.SECONDS))
        .hasMessageContaining("does not answer");
    assertThat(hung.threads()).isEqualTo(1);
    assertThat(await(roles.get()).hasLease()).isFalse();
    assertThatThrownBy(() -> await(setup().set(TARGET, LEASE)))
        .as("nobody else hangs there")
        .hasMessageContaining("does not answer");
    line.released.countDown();
    Awaitility.await().atMost(PATIENCE).until(() -> hung.threads() == 0);
    lease();
  }

  @Test
  void set_nobodyAcknowledgesBeforeItHasLooked() throws IOException {
    assertThat(node.acknowledges()).as("without a lease").isTrue();
    lease();
    assertThat(new Epochs(target).latest().orElseThrow().lease()).isEqualTo(LEASE);
    assertThatThrownBy(() -> await(metadata.store().submit(1, put(), LiveMetadata.LIMIT)))
        .as("one that has not heard of it")
        .isInstanceOfSatisfying(
            StorageFailure.Refused.class,
            e -> assertThat(e.code()).isEqualTo(RefusalCode.LEASE_NEEDED));
    assertThat(node.acknowledges()).isFalse();
    node.looks();
    assertThat(node.acknowledges()).isTrue();
    clock.pass(LEASE);
    assertThat(node.acknowledges()).as("no look since").isFalse();
    node.looks();
    assertThat(node.acknowledges()).isTrue();
  }

  /** The primary is cut off from the target, and does not know that another takes over. */
  @Test
  void promotion_whileThePrimaryIsCutOff_atNoMomentDoBothAcknowledge() throws IOException {
    lease();
    node.looks();
    line.cut = true;
    Duration wait = promote();
    Duration step = Duration.ofMillis(500);
    boolean acknowledged = false;
    for (Duration passed = Duration.ZERO;
        passed.compareTo(wait.plusSeconds(2)) < 0;
        passed = passed.plus(step)) {
      boolean other = passed.compareTo(wait) >= 0;
      node.hears();
      boolean own = node.acknowledges();
      assertThat(own && other).as("both, %s after the promotion", passed).isFalse();
      acknowledged |= own;
      clock.pass(step);
    }
    assertThat(acknowledged).as("it went on for as long as it may").isTrue();
    assertThat(overtaken).isEmpty();
  }

  /** It asked before the other's epoch was there, and got its answer long after. */
  @Test
  void look_answeredLate_givesTheRightFromWhenItBegan() throws Exception {
    lease();
    node.looks();
    CountDownLatch answers = new CountDownLatch(1);
    line.asked = new CountDownLatch(1);
    line.answers = answers;
    clock.pass(LEASE.dividedBy(5));
    node.hears();
    assertThat(line.asked.await(30, TimeUnit.SECONDS)).isTrue();
    Duration wait = promote();
    clock.pass(wait);
    answers.countDown();
    Awaitility.await()
        .during(Duration.ofMillis(500))
        .atMost(PATIENCE)
        .until(() -> !node.right.holds());
    assertThat(node.acknowledges()).isFalse();
  }

  /** As with SIGSTOP: committed, then the process stood still for longer than the lease. */
  @Test
  void write_processStandsStillBeforeTheAnswer_isNotAcknowledged() {
    lease();
    node.looks();
    LeasedWrites paused =
        new LeasedWrites(new Paused(metadata.store(), () -> clock.pass(LEASE)), node.right);
    assertThatThrownBy(() -> await(paused.submit(1, put(), LiveMetadata.LIMIT)))
        .isInstanceOf(StorageFailure.OutcomeUnknown.class);
    assertThat(metadata.text(bucket, "key", null)).as("it was done, and not told").isEqualTo("x");
  }

  /**
   * Suspended machines take the monotonic clock with them; the wall clock is set when they wake.
   */
  @Test
  void write_machineWasSuspended_isNotBegun() {
    lease();
    node.looks();
    clock.jump(LEASE);
    assertThat(node.acknowledges()).isFalse();
    clock.jump(LEASE.multipliedBy(-3));
    assertThat(node.acknowledges()).as("a wall clock that is set back lengthens nothing").isTrue();
    clock.pass(LEASE);
    assertThat(node.acknowledges()).isFalse();
  }

  private record Paused(MetadataStore metadata, Runnable pause) implements MetadataStore {
    @Override
    public int shardCount() {
      return metadata.shardCount();
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return metadata.submit(shard, command, deadline).invoke(pause);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return metadata.query(shard, query, deadline);
    }
  }

  /** A node that has the right of an epoch that is not the cluster's any more. */
  @Test
  void write_byTheRightOfAnOlderEpoch_isRefusedByTheShards() {
    lease();
    node.looks();
    lease();
    assertThat(node.right.holds()).as("it has not heard").isTrue();
    assertThat(node.acknowledges()).isFalse();
    node.looks();
    assertThat(node.acknowledges()).isTrue();
  }

  /** Each place counts its epochs from 1, so numbers don't tell leases apart. */
  @Test
  void set_shorterAtAnotherPlace_waitsOutTheOld_andItsRightIsNone() throws IOException {
    Duration old = Duration.ofMinutes(10);
    await(setup().set(TARGET, old));
    node.looks();
    whileWaiting =
        () -> {
          assertThat(otherFiles.files().keySet())
              .as("claimed only after the wait")
              .noneMatch(name -> name.startsWith(Epochs.FOLDER));
          node.hears();
          Awaitility.await().atMost(PATIENCE).until(node::acknowledges);
          assertThat(node.right.remaining()).isLessThanOrEqualTo(LEASE);
        };
    RoleRecord moved = await(setup().set(OTHER, LEASE));
    assertThat(waits).containsExactly(old.plusMinutes(1).plusSeconds(1));
    assertThat(moved.getLease().getEpoch()).isEqualTo(1);
    assertThat(moved.getEpoch()).isEqualTo(1);
    assertThat(moved.getEpochPlace().getUrl()).isEqualTo(OTHER.getUrl());
    assertThat(node.acknowledges()).as("by a look at the place before").isFalse();
    node.looks();
    assertThat(node.right.remaining()).isLessThanOrEqualTo(LEASE);
    assertThat(node.acknowledges()).isTrue();
  }

  /** A node that has the right of a long lease hears of a short one at another place. */
  @Test
  void heard_leaseOfTheSameEpochElsewhere_keepsNoRight() {
    RoleRecord first = await(setup().set(TARGET, Duration.ofMinutes(10)));
    node.looks();
    other.cut = true;
    RoleRecord.Builder moved = first.toBuilder().setEpochPlace(OTHER);
    moved.getLeaseBuilder().setTarget(OTHER).setLeaseMs((int) LEASE.toMillis());
    node.watch.heard(await(roles.put(moved.build(), first.getRevision())));
    assertThat(node.right.holds()).isFalse();
  }

  @Test
  void set_placeUntilNowIsOutOfReach_isRefused() {
    lease();
    line.cut = true;
    assertThatThrownBy(() -> await(setup().set(OTHER, LEASE)))
        .hasMessageContaining("whether another cluster took over");
    line.cut = false;
    node.looks();
    assertThat(node.acknowledges()).as("nothing changed").isTrue();
  }

  @Test
  void set_anotherTookOverAtThePlaceUntilNow_isRefused() throws IOException {
    lease();
    promote();
    assertThatThrownBy(() -> await(setup().set(OTHER, LEASE))).hasMessageContaining("epoch 2");
    assertThat(await(roles.get()).getLease().getTarget().getUrl()).isEqualTo(TARGET.getUrl());
  }

  @Test
  void set_placeCantBeClaimed_changesNothing() {
    line.claimsNothing = true;
    assertThatThrownBy(() -> await(setup().set(TARGET, LEASE))).hasMessageContaining("hard links");
    assertThat(node.acknowledges()).isTrue();
    node.hears();
    assertThat(node.acknowledges()).isTrue();
  }

  @Test
  void end_claimsAnEpochWithoutALease_andNothingIsLookedForAnyMore() throws IOException {
    lease();
    node.looks();
    assertThat(await(setup().end(TARGET, false)).hasLease()).isFalse();
    assertThat(new Epochs(target).latest().orElseThrow().hasLease()).isFalse();
    line.cut = true;
    node.hears();
    clock.pass(LEASE);
    assertThat(node.acknowledges()).isTrue();
    line.cut = false;
    assertThat(await(setup().set(TARGET, LEASE)).getEpoch()).isEqualTo(3);
  }

  /** Whoever takes over from then on waits for nothing. */
  @Test
  void end_endsHalfWay_givesNoRight_untilItIsRunAgain() {
    lease();
    node.looks();
    LeaseSetup cutShort =
        new LeaseSetup(
            new ClusterRole(new Unsaid(metadata.store())), ground(lookers), this::waited);
    assertThatThrownBy(() -> await(cutShort.end(TARGET, false))).hasMessageContaining("cut short");
    assertThat(await(roles.get()).hasLease()).isTrue();
    looksInVain("epoch 2 at the target has a lease of 0 s, and this cluster one of 10 s");
    assertThat(node.watch.problem().orElseThrow()).contains("run it again");
    assertThat(await(setup().end(TARGET, false)).hasLease()).isFalse();
    node.hears();
    assertThat(node.acknowledges()).isTrue();
  }

  /** Where no role can be set. */
  private record Unsaid(MetadataStore metadata) implements MetadataStore {
    @Override
    public int shardCount() {
      return metadata.shardCount();
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return command.hasPutRole()
          ? Uni.createFrom().failure(new IOException("cut short"))
          : metadata.submit(shard, command, deadline);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return metadata.query(shard, query, deadline);
    }
  }

  @Test
  void end_outOfReach_needsForce() {
    lease();
    line.cut = true;
    assertThatThrownBy(() -> await(setup().end(TARGET, false)))
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(node.acknowledges()).isFalse();
    assertThat(await(setup().end(TARGET, true)).hasLease()).isFalse();
    node.hears();
    assertThat(node.acknowledges()).isTrue();
  }

  @Test
  void end_anotherTookOver_isRefused_alsoByForce() throws IOException {
    lease();
    promote();
    assertThatThrownBy(() -> await(setup().end(TARGET, true))).hasMessageContaining("epoch 2");
  }

  /** A question that is never answered, and shard 0 is not heard of any more. */
  @Test
  void look_hangs_othersGoOnBesideIt() throws InterruptedException {
    lease();
    node.looks();
    line.asked = new CountDownLatch(1);
    line.hanging.set(2);
    for (int look = 0; look < 2; look++) {
      clock.pass(LEASE.dividedBy(5));
      node.watch.tick();
      int left = 1 - look;
      Awaitility.await().atMost(PATIENCE).until(() -> line.hanging.get() == left);
    }
    for (int look = 0; look < 10; look++) {
      clock.pass(LEASE.dividedBy(5));
      node.watch.tick();
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> node.right.remaining().compareTo(LEASE.minusMillis(1)) > 0);
      assertThat(node.acknowledges()).isTrue();
    }
  }

  @Test
  void look_ownEpochIsNotThere_isNone() {
    lease();
    target.files().clear();
    node.hears();
    Awaitility.await().atMost(PATIENCE).until(() -> node.watch.problem().isPresent());
    assertThat(node.watch.problem().orElseThrow()).contains("and mounted?");
    assertThat(node.acknowledges()).isFalse();
    assertThatThrownBy(() -> await(setup().set(TARGET, LEASE))).hasMessageContaining("mounted");
  }

  private void looksInVain(String why) {
    clock.pass(LEASE);
    node.hears();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> node.watch.problem().filter(problem -> problem.contains(why)).isPresent());
    assertThat(node.acknowledges()).isFalse();
  }

  /** An old file goes, and a standby that never saw it begins to count anew. */
  @Test
  void look_oldEpochIsMissing_isNone_alsoWhenAnotherFillsTheGap() throws IOException {
    lease();
    lease();
    lease();
    node.looks();
    String first = Epochs.FOLDER + "1.json";
    target.files().remove(first);
    looksInVain("1.json: is missing");
    assertThatThrownBy(this::promote).hasMessageContaining("1.json: is missing");
    MemoryTarget fresh = new MemoryTarget();
    new Epochs(fresh).claim(new Epoch(1, B, clock.instant(), Duration.ZERO, null, false));
    target.files().put(first, fresh.files().get(first));
    looksInVain("epoch 3 was in");
  }

  /** The primary was cut off, and both epochs were there when it came back. */
  @Test
  void look_otherSetALeaseAfterItTookOver_isFencedWithWhatItHad() throws IOException {
    lease();
    node.looks();
    line.cut = true;
    looksInVain("no way to the target");
    promote();
    new Epochs(target).claim(new Epoch(3, B, clock.instant(), LEASE, null, false));
    line.cut = false;
    clock.pass(LEASE);
    node.hears();
    Awaitility.await().atMost(PATIENCE).until(() -> !overtaken.isEmpty());
    RoleRecord fenced = await(new Fencing(metadata.store(), A).fence(overtaken.get(0)));
    assertThat(fenced.getFence().getEpoch()).isEqualTo(3);
    assertThat(fenced.getFence().getAppliedSet()).isEqualTo(SET.text());
    assertThat(fenced.getFence().getTakenOverAtList()).isEqualTo(TAKEN_OVER_AT);
  }

  /** It was seen before the cluster could be fenced. */
  @Test
  void look_anothersEpochIsGoneAgain_isNone() throws IOException {
    lease();
    node.looks();
    promote();
    clock.pass(LEASE.dividedBy(5));
    node.hears();
    Awaitility.await().atMost(PATIENCE).until(() -> !overtaken.isEmpty());
    target.files().remove(Epochs.FOLDER + "2.json");
    looksInVain("epoch 2 was in");
  }

  @Test
  void look_afterAHiccup_readsOneEpoch() {
    for (int epoch = 1; epoch <= 6; epoch++) {
      lease();
    }
    node.looks();
    line.cut = true;
    looksInVain("no way to the target");
    line.cut = false;
    target.clearCounts();
    node.looks();
    assertThat(target.opens()).isEqualTo(1);
  }

  @Test
  void set_anotherIsThePrimary_isRefused() throws IOException {
    new Epochs(target).claim(new Epoch(1, B, clock.instant(), Duration.ZERO, null, false));
    assertThatThrownBy(() -> await(setup().set(TARGET, LEASE)))
        .hasMessageContaining("has epoch 1 at that target");
    assertThat(node.acknowledges()).as("nothing changed").isTrue();
  }

  @Test
  void look_anotherTookOver_isFenced_andKeepsWhatItHas() throws IOException {
    lease();
    node.looks();
    assertThat(node.acknowledges()).isTrue();
    promote();
    clock.pass(LEASE.dividedBy(5));
    node.hears();
    Awaitility.await().atMost(PATIENCE).until(() -> overtaken.size() == 1);
    assertThat(node.right.holds()).isFalse();
    Fencing fencing = new Fencing(metadata.store(), A);
    RoleRecord fenced = await(fencing.fence(overtaken.get(0)));
    assertThat(fenced.getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(fenced.getFence().getClusterId()).isEqualTo(B.toString());
    assertThat(fenced.getFence().getAppliedSet()).isEqualTo(SET.text());
    assertThat(fenced.getFence().getSnapshot()).isEqualTo("diverged-epoch-2");
    assertThat(await(new SnapshotCatalog(metadata.store()).list())).hasSize(1);
    node.hears();
    assertThat(node.acknowledges()).isFalse();
    assertThat(await(fencing.fence(overtaken.get(0)))).as("again").isEqualTo(fenced);
  }
}
