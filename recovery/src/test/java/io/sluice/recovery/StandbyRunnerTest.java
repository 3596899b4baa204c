package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Epoch;
import io.sluice.recovery.standby.Epochs;
import io.sluice.recovery.standby.PrimaryProbe;
import io.sluice.recovery.standby.StandbyRunner;
import io.sluice.recovery.standby.StandbyTarget;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Promotion;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a standby makes of damage, of sets that come again, and of a lease. */
class StandbyRunnerTest {
  private static final UUID A = new UUID(1, 1);
  private static final UUID B = new UUID(2, 2);
  private static final UUID C = new UUID(3, 3);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LEASE = Duration.ofSeconds(5);

  /** Makes no set within a test, and says that sets follow each other. */
  private static final BackupSchedule HOURLY =
      BackupSchedule.newBuilder()
          .setId(1)
          .setKind(BackupKind.BACKUP_INCREMENTAL)
          .setEveryMs(3_600_000)
          .build();

  @TempDir Path directory;

  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(4);
  private final LongAdder opens = new LongAdder();

  /** Commands of the follower about objects. */
  private final LongAdder written = new LongAdder();

  /** Those that its shards had no leader for. */
  private final LongAdder refused = new LongAdder();

  private final AtomicLong nanos = new AtomicLong();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile boolean hangs;
  private volatile boolean isGone;
  private volatile boolean isFull;
  private volatile boolean isLeaderless;
  private CountingTarget watched;
  private volatile String why = "gone for a while";
  private LiveMetadata primary;
  private LiveMetadata standby;
  private TargetRecords records;
  private BackupRunner backups;
  private ClusterRole roles;
  private StandbyRunner runner;
  private Path target;
  private Bucket bucket;

  @BeforeEach
  void open() throws Exception {
    primary = LiveMetadata.open(directory.resolve("a"), 2, Clock.systemUTC());
    standby = LiveMetadata.open(directory.resolve("b"), 3, Clock.systemUTC());
    target = directory.resolve("target");
    DirectoryTarget.create(target).close();
    watched = new CountingTarget(DirectoryTarget.open(target));
    records = new TargetRecords(primary.store());
    await(records.put(TargetRecord.newBuilder().setName("disk").setUrl(url()).build(), 0));
    backups = new BackupRunner(ground(primary, A));
    backups.start();
    roles = new ClusterRole(standby.store());
    startRunner();
    bucket = primary.bucket("photos", 1);
  }

  private void startRunner() {
    runner =
        new StandbyRunner(counting(ground(standby, B)), "root", new PrimaryProbe(), this::nanoTime);
    runner.start();
  }

  @AfterEach
  void close() throws Exception {
    released.countDown();
    runner.close();
    backups.close();
    timers.shutdownNow();
    standby.close();
    primary.close();
  }

  private String url() {
    return "file://" + target;
  }

  /** Looks are never waited for, and leases until the test says so. */
  private long nanoTime() {
    return nanos.get();
  }

  private BackupGround ground(LiveMetadata metadata, UUID cluster) {
    return new BackupGround(
        metadata.store(),
        new NoChunks(),
        cluster,
        "n1",
        () -> true,
        this::open,
        timers,
        timers,
        Clock.systemUTC());
  }

  private BackupGround counting(BackupGround ground) {
    MetadataStore metadata = ground.metadata();
    return ground.withMetadata(
        new MetadataStore() {
          @Override
          public int shardCount() {
            return metadata.shardCount();
          }

          @Override
          public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
            if (command.hasRestoreCopy() || command.hasDeleteObjects()) {
              if (isLeaderless) {
                refused.increment();
                return Uni.createFrom()
                    .failure(new StorageFailure.Unavailable("no leader", Duration.ZERO, null));
              }
              written.increment();
            }
            return metadata.submit(shard, command, deadline);
          }

          @Override
          public Uni<Answer> query(int shard, Query query, Duration deadline) {
            return metadata.query(shard, query, deadline);
          }
        });
  }

  private String backUp(BackupKind kind) {
    String id = await(backups.ask("disk", kind)).getJob().getSetId();
    Awaitility.await("backup " + id)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> await(records.find("disk")).getLast().getSetId().equals(id));
    return id;
  }

  private void follow(String at) {
    follow(at, Fence.getDefaultInstance());
  }

  private void follow(String at, Fence fence) {
    StandbyTerms terms =
        StandbyTerms.newBuilder()
            .setTarget(TargetRecord.newBuilder().setUrl(at))
            .setClusterId(A.toString())
            .build();
    set(
        role ->
            RoleRecord.newBuilder()
                .setRole(Role.STANDBY)
                .setNotice("standby")
                .setTerms(terms)
                .setFence(fence));
  }

  private interface Change {
    RoleRecord.Builder of(RoleRecord role);
  }

  /** The runner may take a revision of its own in between. */
  private void set(Change change) {
    Awaitility.await("the role")
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              RoleRecord now = await(roles.get());
              await(roles.put(change.of(now).build(), now.getRevision()));
              return true;
            });
  }

  private RoleRecord awaitRole(String what, Predicate<RoleRecord> holds) {
    return Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              nanos.addAndGet(Duration.ofMillis(20).toNanos());
              return await(roles.get());
            },
            holds);
  }

  private RoleRecord awaitPosition(String set) {
    return awaitRole("position " + set, role -> role.getProgress().getSetId().equals(set));
  }

  private Bucket here() {
    return here("photos");
  }

  private Bucket here(String name) {
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return await(standby.store().query(0, query, LiveMetadata.LIMIT)).getBucket();
  }

  private String text(String key) {
    return standby.text(here(), key, null);
  }

  private void damage(String set) throws IOException {
    try (Stream<Path> files = Files.walk(target)) {
      for (Path file :
          files
              .filter(each -> each.toString().contains(set))
              .filter(each -> each.getFileName().toString().startsWith("rows"))
              .toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        file.toFile().setWritable(true);
        Files.write(file, bytes);
      }
    }
  }

  @Test
  void follow_damagedSet_staysWhereItIs_saysSo_andComparesWithTheNextWholeOne() throws Exception {
    primary.put(bucket, "one", "1");
    primary.put(bucket, "two", "2");
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    assertThat(text("two")).isEqualTo("2");
    runner.close();
    primary.delete(bucket, "two");
    primary.put(bucket, "three", "3");
    String damaged = backUp(BackupKind.BACKUP_INCREMENTAL);
    damage(damaged);
    runner = new StandbyRunner(ground(standby, B), "root", new PrimaryProbe(), this::nanoTime);
    runner.start();
    RoleRecord stuck = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(stuck.getProgress().getProblem()).contains(damaged);
    assertThat(stuck.getProgress().getSetId()).isEqualTo(full);
    assertThat(text("two")).isEqualTo("2");

    String next = backUp(BackupKind.BACKUP_FULL);
    RoleRecord on = awaitPosition(next);
    assertThat(on.getProgress().getProblem()).isEmpty();
    assertThat(on.getProgress().getComparisons()).isEqualTo(2);
    assertThat(text("two")).isNull();
    assertThat(text("three")).isEqualTo("3");
  }

  @Test
  void follow_failureWithoutWords_isToldAllTheSame() throws Exception {
    backUp(BackupKind.BACKUP_FULL);
    why = "";
    isGone = true;
    follow(url());
    RoleRecord stuck = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(stuck.getProgress().getProblem()).contains("IOException");
  }

  @Test
  void follow_sameStateAgain_changesNothing() throws Exception {
    for (int i = 0; i < 10; i++) {
      primary.put(bucket, "key-" + i, "text " + i);
    }
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    LogPosition version =
        Objects.requireNonNull(standby.object(here(), "key-7", null)).getObject().getVersion();
    follow(url() + "/");
    RoleRecord again = awaitPosition(full);
    assertThat(again.getTerms().getTarget().getUrl()).endsWith("/");
    assertThat(again.getProgress().getComparisons()).isEqualTo(1);
    assertThat(
            Objects.requireNonNull(standby.object(here(), "key-7", null)).getObject().getVersion())
        .isEqualTo(version);
  }

  /** A thousand objects would all be read; the one that changed is. */
  @Test
  void follow_fullBackupWhereSetsFollowEachOther_goesOnByWhatChanged() throws Exception {
    for (int i = 0; i < 50; i++) {
      primary.put(bucket, "key-" + i, "text " + i);
    }
    awaitFollowed(backUp(BackupKind.BACKUP_FULL)); // so that none is due by the schedule
    await(records.change("disk", now -> now.toBuilder().addSchedules(HOURLY).build()));
    LogPosition version = version("key-7");
    primary.put(bucket, "key-8", "changed");
    primary.delete(bucket, "key-9");
    watched.clear();
    written.reset();
    String full = backUp(BackupKind.BACKUP_FULL);
    RoleRecord there = awaitPosition(full);
    assertThat(there.getProgress().getComparisons()).as("the first one alone").isEqualTo(1);
    assertThat(version("key-7")).isEqualTo(version);
    assertThat(text("key-8")).isEqualTo("changed");
    assertThat(text("key-9")).isNull();
    assertThat(watched.opened())
        .as("of the full one no rows")
        .noneMatch(name -> name.contains(full + "/rows"))
        .anyMatch(name -> name.contains("-00000000/rows"));
    assertThat(written.sum()).as("objects written or deleted").isEqualTo(2);

    primary.put(bucket, "key-10", "changed");
    assertThat(awaitPosition(backUp(BackupKind.BACKUP_INCREMENTAL)).getProgress().getComparisons())
        .isEqualTo(1);
    assertThat(text("key-10")).isEqualTo("changed");
  }

  /** What led up to it stays, and holds more than the last set that is complete. */
  @Test
  void follow_fullBackupGivenUp_standbyDoesNotGoBack() throws Exception {
    TargetRecord disk = await(records.find("disk"));
    await(records.put(disk.toBuilder().addSchedules(HOURLY).build(), disk.getRevision()));
    primary.put(bucket, "one", "1");
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    primary.put(bucket, "two", "2");
    giveUpFullBackup();
    assertThat(text("two")).isEqualTo("2");

    String synthetic = backUp(BackupKind.BACKUP_SYNTHETIC_FULL);
    awaitRole("a look at it", role -> watched.opened().contains(setFile(synthetic)));
    watched.clear();
    awaitRole("more looks", role -> watched.listed().size() >= 3);
    assertThat(text("two")).isEqualTo("2");
    assertThat(await(roles.get()).getProgress().getSetId()).endsWith("-00000000");

    primary.put(bucket, "three", "3");
    RoleRecord on = awaitPosition(backUp(BackupKind.BACKUP_INCREMENTAL));
    assertThat(on.getProgress().getComparisons()).as("the first one alone").isEqualTo(1);
    assertThat(on.getProgress().getProblem()).isEmpty();
    assertThat(text("two")).isEqualTo("2");
    assertThat(text("three")).isEqualTo("3");
  }

  private void giveUpFullBackup() {
    isFull = true;
    String given = await(backups.ask("disk", BackupKind.BACKUP_FULL)).getJob().getSetId();
    awaitRole("the set before", role -> role.getProgress().getSetId().endsWith("-00000000"));
    Awaitility.await("given up")
        .atMost(PATIENCE)
        .until(() -> await(records.find("disk")).getLastFailure().getSetId().equals(given));
    isFull = false;
  }

  /** The next set does not build on what led up to it, so it doesn't say what that brought. */
  @Test
  void follow_restartAfterAFullBackupGivenUp_bucketThatIsAnotherOneIsEmptied() throws Exception {
    await(records.change("disk", now -> now.toBuilder().addSchedules(HOURLY).build()));
    primary.put(bucket, "one", "1");
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    Bucket albums = primary.bucket("albums", 1);
    primary.put(albums, "old", "of the first bucket");
    giveUpFullBackup();
    assertThat(standby.text(here("albums"), "old", null)).isEqualTo("of the first bucket");
    runner.close();

    primary.delete(albums, "old");
    primary.remove(albums);
    primary.put(primary.bucket("albums", 1), "new", "of the second");
    startRunner();
    RoleRecord on = awaitPosition(backUp(BackupKind.BACKUP_INCREMENTAL));
    assertThat(on.getProgress().getComparisons()).as("the first one alone").isEqualTo(1);
    assertThat(standby.text(here("albums"), "new", null)).isEqualTo("of the second");
    assertThat(standby.text(here("albums"), "old", null)).isNull();
  }

  /** The one before it that can be read holds less than there is. */
  @Test
  void follow_newestSetIsUnreadable_andTheOneBeforeItGoesBack_isAProblem() throws Exception {
    TargetRecord disk = await(records.find("disk"));
    await(records.put(disk.toBuilder().addSchedules(HOURLY).build(), disk.getRevision()));
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    primary.put(bucket, "two", "2");
    giveUpFullBackup();
    runner.close();
    backUp(BackupKind.BACKUP_SYNTHETIC_FULL);
    primary.put(bucket, "three", "3");
    String newest = backUp(BackupKind.BACKUP_INCREMENTAL);
    Path file = target.resolve(setFile(newest));
    assertThat(file.toFile().setWritable(true)).isTrue();
    Files.writeString(file, "{}");

    runner = new StandbyRunner(ground(standby, B), "root", new PrimaryProbe(), this::nanoTime);
    runner.start();
    RoleRecord stuck = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(stuck.getProgress().getProblem()).contains(newest);
    assertThat(stuck.getProgress().getSetId()).endsWith("-00000000");
    assertThat(text("two")).isEqualTo("2");
  }

  private static String setFile(String set) {
    return "sluice-backup-1/%s/sets/%s/set.json".formatted(A, set);
  }

  private void awaitFollowed(String set) {
    follow(url());
    awaitPosition(set);
  }

  private LogPosition version(String key) {
    return Objects.requireNonNull(standby.object(here(), key, null)).getObject().getVersion();
  }

  @Test
  void look_nothingIsNew_costsTheSameHoweverManySetsThereAre() throws Exception {
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    long few = namesOfALook();
    for (int i = 0; i < 12; i++) {
      primary.put(bucket, "key", "text " + i);
      backUp(BackupKind.BACKUP_INCREMENTAL);
    }
    awaitPosition(await(records.find("disk")).getLast().getSetId());
    assertThat(namesOfALook()).isLessThanOrEqualTo(few + 2);
    assertThat(watched.opened()).isEmpty();
    assertThat(opens.sum()).as("the target is opened anew").isZero();
  }

  /** What is listed in a look, in which nothing is found. */
  private long namesOfALook() {
    watched.clear();
    opens.reset();
    Awaitility.await("looks").atMost(PATIENCE).until(() -> watched.listed().size() >= 5);
    return watched.names() / watched.listed().size();
  }

  @Test
  void promote_primaryHoldsALease_waitsForItsEnd_beforeItTakesWrites() throws Exception {
    claim(new Epoch(1, A, Clock.systemUTC().instant(), LEASE, null, false));
    primary.put(bucket, "one", "1");
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord waiting =
        Awaitility.await("the claim")
            .atMost(PATIENCE)
            .until(() -> await(roles.get()), role -> role.getPromotion().getEpoch() == 2);
    assertThat(waiting.getPromotion().getWaitMs()).isEqualTo(6_500);
    Epoch claimed = latest();
    assertThat(claimed.cluster()).isEqualTo(B);
    assertThat(claimed.applied().orElseThrow().set().text()).isEqualTo(full);
    Bucket here = here();
    for (int looks = 0; looks < 5; looks++) {
      RoleRecord now = await(roles.get());
      assertThat(now.getRole()).isEqualTo(Role.STANDBY);
      assertThatThrownBy(() -> standby.put(here, "early", "x"))
          .isInstanceOf(StorageFailure.Refused.class);
      Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> true);
    }
    nanos.addAndGet(Duration.ofMillis(6_500).toNanos());
    RoleRecord promoted = awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(promoted.getEpoch()).isEqualTo(2);
    // It takes writes, and as a primary with a lease: of whoever names the epoch that it holds.
    assertThat(promoted.getLease().getEpoch()).isEqualTo(2);
    // The shards follow the role one after the other.
    Awaitility.await("a gate that names the lease")
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> standby.put(here, "late", "x"))
                    .isInstanceOfSatisfying(
                        StorageFailure.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(RefusalCode.LEASE_NEEDED)));
  }

  @Test
  void promote_anotherTookOver_isGivenUp_andItGoesOnFollowing() throws Exception {
    claim(new Epoch(1, A, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    claim(new Epoch(2, C, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord given = awaitRole("given up", role -> !role.getPromotion().getGivenUp().isEmpty());
    assertThat(given.getPromotion().getGivenUp()).contains(C.toString());
    assertThat(given.getRole()).isEqualTo(Role.STANDBY);
    assertThat(latest().number()).isEqualTo(2);
    awaitPosition(backUp(BackupKind.BACKUP_INCREMENTAL));
  }

  /** As when the old primary follows the new one, which was the primary before that too. */
  @Test
  void follow_allSetsAreOfAnEarlierLife_waits_andIsNotPromotedButByForce() throws Exception {
    primary.put(bucket, "one", "old");
    backUp(BackupKind.BACKUP_FULL);
    primary.put(bucket, "one", "new");
    takeOver();
    assertThatThrownBy(
            () ->
                await(
                    new StandbyTarget(
                            ground(standby, B), TargetRecord.newBuilder().setUrl(url()).build())
                        .find(A)))
        .hasMessageContaining("no backup since cluster " + A + " took over");

    follow(url());
    RoleRecord waits = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(waits.getProgress().getProblem())
        .contains("no backup since cluster " + A + " took over (epoch 2): run a backup there");
    assertThat(waits.getProgress().getSetId()).isEmpty();
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord given = awaitRole("given up", role -> !role.getPromotion().getGivenUp().isEmpty());
    assertThat(given.getPromotion().getGivenUp()).contains("no backup since");
    assertThat(latest().number()).isEqualTo(2);
    assertThat(await(roles.get()).getProgress().getComparisons()).isZero();

    // It builds on the old one, and is of the new life all the same.
    RoleRecord there = awaitPosition(backUp(BackupKind.BACKUP_INCREMENTAL));
    assertThat(there.getProgress().getProblem()).isEmpty();
    assertThat(text("one")).isEqualTo("new");
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord promoted = awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(latest().takenOverAt()).as("of its own shards").hasSize(3);
    assertThat(promoted.getTakeover().getSetId()).isEqualTo(there.getProgress().getSetId());
    assertThat(promoted.getTakeover().getCutMs()).isEqualTo(there.getProgress().getCutMs());
  }

  @Test
  void promote_positionIsOfAnEarlierLife_isGivenUp_andByForceNot() throws Exception {
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    takeOver();
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord given = awaitRole("given up", role -> !role.getPromotion().getGivenUp().isEmpty());
    assertThat(given.getPromotion().getGivenUp()).contains("no backup since");
    assertThat(latest().number()).isEqualTo(2);
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(latest().cluster()).isEqualTo(B);
  }

  /** Where the clusters meet now nothing says that the other one took over. */
  @Test
  void follow_atAnotherPlace_earlierLifeIsKnownByTheFence() throws Exception {
    backUp(BackupKind.BACKUP_FULL);
    Fence fence =
        Fence.newBuilder()
            .setClusterId(A.toString())
            .setEpoch(7)
            .addAllTakenOverAt(await(new ClusterRole(primary.store()).positions()))
            .build();
    follow(url(), fence);
    awaitRole("a problem", role -> role.getProgress().getProblem().contains("took over (epoch 7)"));
    awaitPosition(backUp(BackupKind.BACKUP_INCREMENTAL));
  }

  /** By which the primary became it, after another. */
  private void takeOver() throws IOException {
    claim(new Epoch(1, C, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    claim(
        new Epoch(
            2,
            A,
            Clock.systemUTC().instant(),
            Duration.ZERO,
            null,
            false,
            await(new ClusterRole(primary.store()).positions())));
  }

  /** The one that is followed now knows of that epoch, and would not be fenced by it. */
  @Test
  void promote_epochOfAnEarlierLife_claimsANewOne() throws Exception {
    claim(new Epoch(1, B, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    set(role -> role.toBuilder().setEpoch(1));
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord promoted = awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(promoted.getEpoch()).isEqualTo(2);
    assertThat(latest().number()).isEqualTo(2);
    assertThat(latest().applied().orElseThrow().cluster()).isEqualTo(A);
  }

  @Test
  void promote_ownEpochThatIsNotKnownHere_claimsANewOne() throws Exception {
    claim(new Epoch(1, B, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(latest().number()).isEqualTo(2);
  }

  /** Nothing at the target says any more that the primary has a lease. */
  @Test
  void promote_epochsThatWereSeenAreGone_claimsNone() throws Exception {
    claim(new Epoch(1, A, Clock.systemUTC().instant(), LEASE, null, false));
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    assertThat(await(roles.get()).getProgress().getEpoch()).isEqualTo(1);
    Path epoch = target.resolve(Epochs.FOLDER + "1.json");
    Files.delete(epoch);
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    awaitRole("a problem", role -> role.getProgress().getProblem().contains("epoch 1 is known"));
    assertThat(epoch).doesNotExist();
    claim(new Epoch(1, A, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    awaitRole("a problem", role -> role.getProgress().getProblem().contains("had a lease of"));
    assertThat(latest().number()).isEqualTo(1);
  }

  @Test
  void promote_oldEpochIsMissing_claimsNone() throws Exception {
    for (int number = 1; number <= 3; number++) {
      claim(new Epoch(number, A, Clock.systemUTC().instant(), LEASE, null, false));
    }
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    Path first = target.resolve(Epochs.FOLDER + "1.json");
    byte[] text = Files.readAllBytes(first);
    Files.delete(first);
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    awaitRole("a problem", role -> role.getProgress().getProblem().contains("is missing"));
    assertThat(first).doesNotExist();
    Files.write(first, text);
    awaitRole("the claim", role -> role.getPromotion().getEpoch() == 4);
  }

  /** A lease is all that keeps both from acknowledging: nobody knows that the primary is down. */
  @Test
  void promote_byItself_onlyWhileThePrimaryHoldsALease() throws Exception {
    String full = backUp(BackupKind.BACKUP_FULL);
    followUnattended();
    RoleRecord warned =
        awaitRole("a warning", role -> role.getProgress().getProblem().contains("no lease"));
    assertThat(warned.getProgress().getSetId()).isEqualTo(full);
    awaitSilence();

    claim(new Epoch(1, A, Clock.systemUTC().instant(), LEASE, null, false));
    claim(new Epoch(2, A, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    nanos.addAndGet(Duration.ofSeconds(15).toNanos());
    awaitRole("a look at the epochs", role -> role.getProgress().getEpoch() == 2);
    awaitSilence();
    assertThat(await(roles.get()).getProgress().getProblem()).contains("no lease");

    claim(new Epoch(3, A, Clock.systemUTC().instant(), LEASE, null, false));
    nanos.addAndGet(Duration.ofSeconds(15).toNanos());
    awaitRole("the claim", role -> role.getPromotion().getEpoch() == 4);
    assertThat(await(roles.get()).getProgress().getProblem()).isEmpty();
  }

  /** It was seen, and is ended just before the standby claims. */
  @Test
  void promote_byItself_leaseHasEnded_isGivenUp() throws Exception {
    claim(new Epoch(1, A, Clock.systemUTC().instant(), LEASE, null, false));
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    claim(new Epoch(2, A, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setAutomatic(true)));
    RoleRecord given = awaitRole("given up", role -> !role.getPromotion().getGivenUp().isEmpty());
    assertThat(given.getPromotion().getGivenUp()).contains("no lease");
    assertThat(latest().number()).isEqualTo(2);
  }

  /** Of a primary that never answers. */
  private void followUnattended() {
    follow(url());
    set(
        role ->
            role.toBuilder()
                .setTerms(
                    role.getTerms().toBuilder()
                        .setPrimaryUrl("http://127.0.0.1:1")
                        .setAutomaticMs(5_000)));
  }

  /** For longer than the primary may be silent, and looks enough to see it. */
  private void awaitSilence() {
    for (int i = 0; i < 2; i++) {
      nanos.addAndGet(Duration.ofSeconds(6).toNanos());
      watched.clear();
      Awaitility.await("looks").atMost(PATIENCE).until(() -> watched.listed().size() >= 5);
      assertThat(await(roles.get()).hasPromotion()).isFalse();
    }
  }

  /** Nobody can tell whether the cluster took over by it, but what was applied since is known. */
  @Test
  void follow_oldEpochIsDamaged_goesOnFromWhatWasApplied_andIsPromoted() throws Exception {
    for (int number = 1; number <= 3; number++) {
      claim(new Epoch(number, A, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    }
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    runner.close();
    damageEpoch(2);
    primary.put(bucket, "one", "1");
    String next = backUp(BackupKind.BACKUP_INCREMENTAL);
    startRunner();
    assertThat(awaitPosition(next).getProgress().getProblem()).isEmpty();
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(latest().number()).isEqualTo(4);
    assertThat(text("one")).isEqualTo("1");
  }

  @Test
  void follow_oldEpochIsDamaged_nothingApplied_saysWhich_andIsPromotedByForce() throws Exception {
    for (int number = 1; number <= 3; number++) {
      claim(new Epoch(number, A, Clock.systemUTC().instant(), Duration.ZERO, null, false));
    }
    damageEpoch(2);
    backUp(BackupKind.BACKUP_FULL);
    follow(url());
    RoleRecord stuck = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(stuck.getProgress().getProblem()).contains("2.json", "put that file back");
    assertThat(stuck.getProgress().getSetId()).isEmpty();
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    RoleRecord promoted = awaitOrdinarySoon();
    assertThat(promoted.getTakeover().getLeftOut()).contains("2.json");
    assertThat(latest().number()).isEqualTo(4);
  }

  private void damageEpoch(long number) throws IOException {
    Path file = target.resolve(Epochs.FOLDER + number + ".json");
    assertThat(file.toFile().setWritable(true)).isTrue();
    Files.writeString(file, "{}");
  }

  @Test
  void promote_setComesWhileItWaitsForTheLease_isApplied() throws Exception {
    claim(new Epoch(1, A, Clock.systemUTC().instant(), LEASE, null, false));
    primary.put(bucket, "one", "1");
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    Awaitility.await("the claim")
        .atMost(PATIENCE)
        .until(() -> await(roles.get()).getPromotion().getEpoch() == 2);
    primary.put(bucket, "two", "2");
    backUp(BackupKind.BACKUP_INCREMENTAL);
    nanos.addAndGet(Duration.ofMillis(6_500).toNanos());
    awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(text("two")).isEqualTo("2");
  }

  /** One is applied by the step that hung, and one by the first that is late. */
  @Test
  void promote_lastSetIsAppliedLate_isWhatTheTakeoverTells() throws Exception {
    claim(new Epoch(1, A, Clock.systemUTC().instant(), LEASE, null, false));
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url() + "/");
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    Awaitility.await("the claim")
        .atMost(PATIENCE)
        .until(() -> await(roles.get()).getPromotion().getEpoch() == 2);
    hangs = true;
    assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
    primary.put(bucket, "one", "1");
    backUp(BackupKind.BACKUP_INCREMENTAL);
    primary.put(bucket, "two", "2");
    String last = backUp(BackupKind.BACKUP_INCREMENTAL);
    nanos.addAndGet(Duration.ofSeconds(30).toNanos());
    hangs = false;
    released.countDown();
    RoleRecord promoted = awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(text("two")).isEqualTo("2");
    assertThat(promoted.getTakeover().getSetId()).isEqualTo(last);
    assertThat(promoted.getTakeover().getLeftOut()).isEmpty();
  }

  @Test
  void promote_byForce_fromAPrimaryThatGoesOnMakingSets_ends() throws Exception {
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    for (int i = 0; i < 300 && await(roles.get()).getRole() == Role.STANDBY; i++) {
      primary.put(bucket, "more-" + i, "1");
      backUp(BackupKind.BACKUP_INCREMENTAL);
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    }
    assertThat(await(roles.get()).getRole()).isEqualTo(Role.ORDINARY);
    assertThat(text("more-0")).isEqualTo("1");
  }

  @Test
  void promote_byForce_shardHasNoLeaderForAWhile_appliesAllThatIsThere() throws Exception {
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    isLeaderless = true;
    primary.put(bucket, "one", "1");
    backUp(BackupKind.BACKUP_INCREMENTAL);
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    primary.put(bucket, "two", "2");
    String last = backUp(BackupKind.BACKUP_INCREMENTAL);
    refused.reset();
    RoleRecord tried = awaitRole("tries", role -> refused.sum() >= 3);
    assertThat(tried.getPromotion().getClaiming()).as("nothing is claimed").isZero();
    isLeaderless = false;
    RoleRecord promoted = awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(promoted.getTakeover().getSetId()).isEqualTo(last);
    assertThat(promoted.getTakeover().getLeftOut()).isEmpty();
    assertThat(text("one")).isEqualTo("1");
    assertThat(text("two")).isEqualTo("2");
  }

  @Test
  void promote_byForce_damagedSetAndAWholeOneAfterIt_becomesWhatThatSays() throws Exception {
    primary.put(bucket, "two", "2");
    awaitFollowed(backUp(BackupKind.BACKUP_FULL));
    runner.close();
    primary.delete(bucket, "two");
    damage(backUp(BackupKind.BACKUP_INCREMENTAL));
    primary.put(bucket, "three", "3");
    String full = backUp(BackupKind.BACKUP_FULL);
    promoteByForceAnew();
    RoleRecord promoted = awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
    assertThat(promoted.getTakeover().getSetId()).isEqualTo(full);
    assertThat(promoted.getTakeover().getLeftOut()).isEmpty();
    assertThat(text("two")).isNull();
    assertThat(text("three")).isEqualTo("3");
  }

  @Test
  void promote_byForce_damagedSet_isLeftOut_andTold() throws Exception {
    primary.put(bucket, "one", "1");
    String full = backUp(BackupKind.BACKUP_FULL);
    awaitFollowed(full);
    runner.close();
    primary.delete(bucket, "one");
    String damaged = backUp(BackupKind.BACKUP_INCREMENTAL);
    damage(damaged);
    promoteByForceAnew();
    RoleRecord tried = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(tried.getProgress().getProblem()).contains(damaged);
    RoleRecord promoted = awaitOrdinarySoon();
    assertThat(promoted.getTakeover().getSetId()).isEqualTo(full);
    assertThat(promoted.getTakeover().getLeftOut()).contains(damaged);
  }

  /** As time passes quickly. */
  private RoleRecord awaitOrdinarySoon() {
    return awaitRole(
        "ordinary",
        role -> {
          nanos.addAndGet(Duration.ofMillis(500).toNanos());
          return role.getRole() == Role.ORDINARY;
        });
  }

  /** By a run that knows nothing yet. */
  private void promoteByForceAnew() {
    set(role -> role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true)));
    runner =
        new StandbyRunner(counting(ground(standby, B)), "root", new PrimaryProbe(), this::nanoTime);
    runner.start();
  }

  /** To compare everything takes as long as it takes, and nobody may write meanwhile. */
  @Test
  void promote_byForce_fullBackupComesAfterTheClaim_isNotComparedWith() throws Exception {
    String full = backUp(BackupKind.BACKUP_FULL);
    awaitFollowed(full);
    runner.close();
    set(
        role ->
            role.toBuilder().setPromotion(Promotion.newBuilder().setForced(true).setClaiming(1)));
    primary.put(bucket, "two", "2");
    String late = backUp(BackupKind.BACKUP_FULL);
    runner = new StandbyRunner(ground(standby, B), "root", new PrimaryProbe(), this::nanoTime);
    runner.start();
    RoleRecord promoted = awaitOrdinarySoon();
    assertThat(promoted.getTakeover().getSetId()).isEqualTo(full);
    assertThat(promoted.getTakeover().getLeftOut()).contains(late);
    assertThat(latest().applied().orElseThrow().set().text()).isEqualTo(full);
    assertThat(text("two")).isNull();
  }

  @Test
  void promote_targetFailsForAWhile_isNotGivenUp() throws Exception {
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url());
    awaitPosition(full);
    isGone = true;
    set(role -> role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
    RoleRecord tried = awaitRole("a problem", role -> !role.getProgress().getProblem().isEmpty());
    assertThat(tried.getPromotion().getGivenUp()).isEmpty();
    isGone = false;
    awaitRole("ordinary", role -> role.getRole() == Role.ORDINARY);
  }

  @Test
  void roleChanges_whileAStepHangs_goesOnAtOnce() throws Exception {
    String full = backUp(BackupKind.BACKUP_FULL);
    follow(url() + "/");
    awaitPosition(full);
    hangs = true;
    assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
    follow(url());
    awaitRole(
        "a position at the other place",
        role ->
            role.getTerms().getTarget().getUrl().equals(url())
                && role.getProgress().getSetId().equals(full));
  }

  private BackupTarget open(TargetRecord at) throws IOException {
    if (isGone && !at.getName().equals("disk")) {
      throw new IOException(why);
    }
    opens.increment();
    return at.getName().equals("disk")
        ? new Filling(BackupTargets.open(at.getUrl()))
        : at.getUrl().endsWith("/") ? new Hanging() : new Going();
  }

  /** Also for whoever has it open. */
  private final class Going extends ForwardingTarget {
    Going() {
      super(watched);
    }

    @Override
    public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
      if (isGone) {
        throw new IOException(why);
      }
      super.list(prefix, after, each);
    }
  }

  /** Takes no full set while the test says so. */
  private final class Filling extends ForwardingTarget {
    Filling(BackupTarget target) {
      super(target);
    }

    @Override
    public NewFile create(String name) throws IOException {
      if (isFull && name.contains("/sets/") && !name.contains("-00000000/")) {
        throw new FileSystemException(name, null, "No space left on device");
      }
      return super.create(name);
    }
  }

  /** While the test says so. */
  private final class Hanging extends ForwardingTarget {
    Hanging() {
      super(watched);
    }

    @Override
    public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
      if (hangs) {
        hanging.countDown();
        try {
          released.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      super.list(prefix, after, each);
    }
  }

  private void claim(Epoch epoch) throws IOException {
    try (var opened = BackupTargets.open(url())) {
      assertThat(new Epochs(opened).claim(epoch)).isEqualTo(epoch);
    }
  }

  private Epoch latest() throws IOException {
    try (var opened = BackupTargets.open(url())) {
      return new Epochs(opened).latest().orElseThrow();
    }
  }
}
