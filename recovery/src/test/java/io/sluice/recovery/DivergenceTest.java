package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.recovery.standby.AppliedSet;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Demotion;
import io.sluice.recovery.standby.Divergence;
import io.sluice.recovery.standby.Epoch;
import io.sluice.recovery.standby.Epochs;
import io.sluice.recovery.standby.Fencing;
import io.sluice.recovery.standby.TakeoverWatch;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.Takeover;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A primary without a lease, that another cluster took over from, and what it wrote meanwhile. */
class DivergenceTest {
  private static final SetId SET = new SetId("20261122T100000.000Z-1f2e3d4c");
  private static final UUID A = new UUID(0, 0xa);
  private static final UUID B = new UUID(0, 0xb);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Of the other cluster. */
  private static final List<ShardPosition> TAKEN_OVER_AT =
      List.of(
          ShardPosition.newBuilder()
              .setShard(1)
              .setPosition(LogPosition.newBuilder().setIndex(42))
              .build());

  @TempDir Path directory;

  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final ExecutorService lookers = Executors.newCachedThreadPool();
  private final CountDownLatch released = new CountDownLatch(1);
  private LiveMetadata metadata;
  private Bucket bucket;
  private TargetRecords records;
  private BackupGround ground;
  private BackupRunner runner;
  private ClusterRole roles;
  private TakeoverWatch watch;
  private Demotion demotion;

  @BeforeEach
  void open() throws Exception {
    metadata = LiveMetadata.open(directory, 2, Clock.systemUTC());
    bucket = metadata.bucket("photos", 1);
    Path place = directory.resolve("target");
    DirectoryTarget.create(place).close();
    ground =
        new BackupGround(
            metadata.store(),
            new NoChunks(),
            A,
            "n1",
            () -> true,
            record -> DirectoryTarget.open(place),
            Runnable::run,
            timers,
            Clock.systemUTC());
    records = new TargetRecords(metadata.store());
    await(
        records.put(
            TargetRecord.newBuilder().setName("disk").setUrl("file://" + place).build(), 0));
    roles = new ClusterRole(metadata.store());
    runner = new BackupRunner(ground);
    Fencing fencing = new Fencing(metadata.store(), A);
    demotion =
        new Demotion(
            metadata.store(), fencing, name -> runner.ask(name, BackupKind.BACKUP_INCREMENTAL));
    watch = new TakeoverWatch(ground, fencing, demotion);
    runner.start();
  }

  @AfterEach
  void close() throws IOException {
    watch.close();
    runner.close();
    timers.shutdownNow();
    released.countDown();
    lookers.shutdownNow();
    metadata.close();
  }

  private SetId backedUp(BackupKind kind) {
    await(runner.ask("disk", kind));
    return new SetId(
        Awaitility.await()
            .atMost(PATIENCE)
            .until(() -> await(records.find("disk")), now -> !now.hasJob() && now.hasLast())
            .getLast()
            .getSetId());
  }

  private void claim(@Nullable AppliedSet applied) throws IOException {
    claim(directory.resolve("target"), applied);
  }

  private static void claim(Path place, @Nullable AppliedSet applied) throws IOException {
    try (DirectoryTarget target = DirectoryTarget.open(place)) {
      Epochs epochs = new Epochs(target);
      long number = epochs.latest().map(Epoch::number).orElse(0L) + 1;
      epochs.claim(
          new Epoch(
              number, B, Clock.systemUTC().instant(), Duration.ZERO, applied, true, TAKEN_OVER_AT));
    }
  }

  @Test
  void overtaken_whatWasWrittenSinceTheAppliedSet_isListed() throws IOException {
    metadata.put(bucket, "before", "1");
    metadata.put(bucket, "replaced", "1");
    SetId applied = backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "replaced", "2");
    metadata.put(bucket, "new", "2");
    backedUp(BackupKind.BACKUP_INCREMENTAL);
    metadata.delete(bucket, "before");
    Bucket other = metadata.bucket("other", 0);
    metadata.put(other, "there", "2");
    claim(new AppliedSet(new UUID(0, 0xc), applied));
    await(watch.lookNow());
    assertThat(await(roles.get()).getRole())
        .as("one that followed another cluster")
        .isEqualTo(RoleRecord.Role.ORDINARY);
    claim(new AppliedSet(A, applied));
    await(watch.lookNow());
    RoleRecord fenced = await(roles.get());
    assertThat(fenced.getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(fenced.getFence().getSnapshot()).isEqualTo("diverged-epoch-2");
    assertThat(fenced.getFence().getTakenOverAtList()).isEqualTo(TAKEN_OVER_AT);
    Divergence.Listing listing = await(new Divergence(ground).list(fenced.getFence()));
    assertThat(listing.more()).isFalse();
    assertThat(listing.things())
        .containsExactlyInAnyOrder(
            new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "replaced"),
            new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"),
            new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "before"),
            new Divergence.Thing(RowKind.OBJECT_ROW, "other", "there"),
            new Divergence.Thing(RowKind.BUCKET_ROW, "", "other"));
  }

  private void claim(UUID cluster, Duration lease, @Nullable AppliedSet applied)
      throws IOException {
    try (DirectoryTarget target = DirectoryTarget.open(directory.resolve("target"))) {
      Epochs epochs = new Epochs(target);
      long number = epochs.latest().map(Epoch::number).orElse(0L) + 1;
      epochs.claim(new Epoch(number, cluster, Clock.systemUTC().instant(), lease, applied, false));
    }
  }

  /** By its first epoch it took over, by the second it set a lease. It was not looked between. */
  @Test
  void overtaken_otherSetALeaseSince_isFenced_withWhatItHad() throws IOException {
    SetId applied = backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "new", "2");
    claim(new AppliedSet(A, applied));
    claim(B, Duration.ofSeconds(15), null);
    await(watch.lookNow());
    RoleRecord fenced = await(roles.get());
    assertThat(fenced.getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(fenced.getEpoch()).isEqualTo(2);
    assertThat(fenced.getFence().getEpoch()).isEqualTo(2);
    assertThat(fenced.getFence().getTakenOverAtList()).isEqualTo(TAKEN_OVER_AT);
    assertThat(await(new Divergence(ground).list(fenced.getFence())).things())
        .containsExactly(new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"));
  }

  @Test
  void overtaken_aThirdTookOverFromTheOther_isFencedByThat_withWhatTheOtherHad()
      throws IOException {
    SetId applied = backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "new", "2");
    claim(new AppliedSet(A, applied));
    UUID third = new UUID(0, 0xc);
    claim(third, Duration.ZERO, new AppliedSet(B, SET));
    await(watch.lookNow());
    RoleRecord fenced = await(roles.get());
    assertThat(fenced.getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(fenced.getFence().getClusterId()).isEqualTo(third.toString());
    assertThat(fenced.getFence().getTakenOverAtList())
        .as("of the third's logs, not of the other's")
        .isEmpty();
    assertThat(await(new Divergence(ground).list(fenced.getFence())).things())
        .containsExactly(new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"));
  }

  /** Each place counts its epochs from 1, so it may have been fenced by that number before. */
  @Test
  void overtaken_snapshotOfThatNumberIsOfAnotherTime_anotherIsMade() throws IOException {
    SnapshotCatalog snapshots = new SnapshotCatalog(metadata.store());
    await(snapshots.create("diverged-epoch-1", "", 0));
    SetId applied = backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "new", "2");
    claim(new AppliedSet(A, applied));
    TakeoverWatch cutShort =
        new TakeoverWatch(ground, new Fencing(new Unsaid(metadata.store()), A), demotion);
    assertThatThrownBy(() -> await(cutShort.lookNow())).hasMessageContaining("cut short");
    RoleRecord begun = await(roles.get());
    assertThat(begun.getFence().getSnapshot()).isEmpty();
    assertThat(await(snapshots.list())).as("it is made already").hasSize(2);
    await(watch.lookNow());
    Fence fence = await(roles.get()).getFence();
    assertThat(fence.getSnapshot()).isEqualTo("diverged-epoch-1-" + begun.getRevision());
    assertThat(await(snapshots.list())).as("it was gone on with").hasSize(2);
    assertThat(await(new Divergence(ground).list(fence)).things())
        .containsExactly(new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"));
  }

  /** Where the role is not told what was kept. */
  private record Unsaid(MetadataStore metadata) implements MetadataStore {
    @Override
    public int shardCount() {
      return metadata.shardCount();
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return command.getPutRole().getRole().getFence().getSnapshot().isEmpty()
          ? metadata.submit(shard, command, deadline)
          : Uni.createFrom().failure(new IOException("cut short"));
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return metadata.query(shard, query, deadline);
    }
  }

  private RoleRecord demoted() {
    RoleRecord begun = await(demotion.begin(await(roles.get()), "disk"));
    assertThat(Demotion.isUnderWay(begun)).isTrue();
    return Awaitility.await("the last set")
        .atMost(PATIENCE)
        .until(
            () -> await(demotion.goOn(await(roles.get()))),
            now -> {
              boolean hasLast = !now.getFence().getLastSet().isEmpty();
              assertThat(Demotion.isUnderWay(now)).isEqualTo(!hasLast);
              return hasLast;
            });
  }

  /** Of what is said of a fencing. */
  private static List<Level> levelsLogged(Runnable work) {
    Logger log = (Logger) LoggerFactory.getLogger(Fencing.class);
    Level before = log.getLevel();
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.setLevel(Level.INFO);
    log.addAppender(lines);
    try {
      work.run();
    } finally {
      log.detachAppender(lines);
      log.setLevel(before);
    }
    return lines.list.stream().map(ILoggingEvent::getLevel).toList();
  }

  @Test
  void demoted_untilALastSetHoldsEverything_isUnderWay_andNothingDiverges() throws IOException {
    metadata.put(bucket, "before", "1");
    SetId full = backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "new", "2");
    RoleRecord demoted = demoted();
    assertThat(demoted.getFence().getSnapshot()).isNotEmpty();
    SetId last = SetId.parse(demoted.getFence().getLastSet()).orElseThrow();
    assertThat(last).isGreaterThan(full);
    claim(new AppliedSet(A, last));
    assertThat(levelsLogged(() -> await(watch.lookNow()))).containsExactly(Level.INFO);
    Fence fence = await(roles.get()).getFence();
    assertThat(fence.getClusterId()).isEqualTo(B.toString());
    assertThat(await(new Divergence(ground).list(fence)).things()).isEmpty();
  }

  @Test
  void demoted_otherTookOverWithoutTheLastSet_whatItLacksIsListed() throws IOException {
    metadata.put(bucket, "before", "1");
    SetId full = backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "new", "2");
    demoted();
    claim(new AppliedSet(A, full));
    assertThat(levelsLogged(() -> await(watch.lookNow())))
        .as("something is missing there")
        .containsExactly(Level.ERROR);
    assertThat(await(new Divergence(ground).list(await(roles.get()).getFence())).things())
        .containsExactly(new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"));
  }

  /** The set that led up to a full one which was given up, by a clock that was ahead. */
  @Test
  void demoted_otherHadAnEarlierMomentOfAGreaterId_whatItLacksIsListed() throws IOException {
    backedUp(BackupKind.BACKUP_FULL);
    List<ShardPosition> positions = await(records.find("disk")).getLast().getPositionsList();
    metadata.put(bucket, "new", "2");
    demoted();
    claim(new AppliedSet(A, new SetId("20991231T000000.000Z-00000000"), positions));
    await(watch.lookNow());
    assertThat(await(new Divergence(ground).list(await(roles.get()).getFence())).things())
        .containsExactly(new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"));
  }

  @Test
  void demoted_otherHadAnotherSetOfThatMoment_nothingIsMissing() throws IOException {
    backedUp(BackupKind.BACKUP_FULL);
    metadata.put(bucket, "new", "2");
    demoted();
    List<ShardPosition> positions = await(records.find("disk")).getLast().getPositionsList();
    claim(new AppliedSet(A, new SetId("20200101T000000.000Z-00000000"), positions));
    await(watch.lookNow());
    assertThat(await(new Divergence(ground).list(await(roles.get()).getFence())).things())
        .isEmpty();
  }

  private BackupGround ground(BackupGround.Targets targets) {
    return new BackupGround(
        metadata.store(),
        new NoChunks(),
        A,
        "n1",
        () -> true,
        targets,
        lookers,
        timers,
        Clock.systemUTC());
  }

  @Test
  void look_oneTargetHangs_othersAreLookedAt_andItIsAskedOnce() throws IOException {
    await(records.put(TargetRecord.newBuilder().setName("a").setUrl("file:///hangs").build(), 0));
    AtomicInteger asked = new AtomicInteger();
    BackupGround.Targets targets =
        record -> {
          if (record.getName().equals("a")) {
            asked.incrementAndGet();
            hang();
          }
          return DirectoryTarget.open(directory.resolve("target"));
        };
    TakeoverWatch patient =
        new TakeoverWatch(
            ground(targets), new Fencing(metadata.store(), A), demotion, Duration.ofMillis(200));
    await(patient.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.ORDINARY);
    claim(new AppliedSet(A, SET));
    await(patient.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(asked).hasValue(1);
  }

  /** As a directory of a disk that fails in the middle of it. */
  @Test
  void look_oneTargetFailsInSomeOtherWay_othersAreLookedAt() throws IOException {
    await(records.put(TargetRecord.newBuilder().setName("a").setUrl("file:///sick").build(), 0));
    BackupGround.Targets targets =
        record -> {
          if (record.getName().equals("a")) {
            throw new UncheckedIOException(new IOException("sick"));
          }
          return DirectoryTarget.open(directory.resolve("target"));
        };
    claim(new AppliedSet(A, SET));
    TakeoverWatch there =
        new TakeoverWatch(ground(targets), new Fencing(metadata.store(), A), demotion);
    await(there.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.FENCED);
  }

  /** Not after the time between two looks: meanwhile a primary that was restarted takes writes. */
  @Test
  void start_overtakenBefore_isFencedAtOnce() throws IOException {
    claim(new AppliedSet(A, SET));
    watch.start();
    Awaitility.await("fenced")
        .atMost(Duration.ofSeconds(10))
        .until(() -> await(roles.get()).getRole() == RoleRecord.Role.FENCED);
  }

  /** The other had taken over at this place before it was followed, and overtaken, at another. */
  @Test
  void look_takeoverIsOfAnEarlierLife_changesNothing_andALaterOneFences() throws IOException {
    RoleRecord now = await(roles.get());
    await(
        roles.put(
            RoleRecord.newBuilder()
                .setEpoch(3)
                .setEpochPlace(TargetRecord.newBuilder().setUrl("file:///another"))
                .setTakeover(
                    Takeover.newBuilder()
                        .setClusterId(B.toString())
                        .addAllTakenOverAt(positions(100)))
                .build(),
            now.getRevision()));
    claim(new AppliedSet(A, SET, positions(99)));
    await(watch.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.ORDINARY);

    claim(new AppliedSet(A, SET, positions(100)));
    await(watch.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.FENCED);
  }

  private static List<ShardPosition> positions(long index) {
    return IntStream.range(0, 2)
        .mapToObj(
            shard ->
                ShardPosition.newBuilder()
                    .setShard(shard)
                    .setPosition(LogPosition.newBuilder().setIndex(index))
                    .build())
        .toList();
  }

  private void hang() throws IOException {
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** It was promoted where it followed, and that is no backup target of its own. */
  @Test
  void look_atTheMeetingPlace_anyGreaterEpochCounts_andThoseElsewhereAreNotCompared()
      throws IOException {
    Path meeting = directory.resolve("meeting");
    DirectoryTarget.create(meeting).close();
    TargetRecord place = TargetRecord.newBuilder().setUrl("file://" + meeting).build();
    TakeoverWatch there =
        new TakeoverWatch(
            ground(record -> DirectoryTarget.open(Path.of(record.getUrl().substring(7)))),
            new Fencing(metadata.store(), A),
            demotion);
    await(roles.put(RoleRecord.newBuilder().setEpoch(2).setEpochPlace(place).build(), 0));
    claim(null);
    claim(null);
    claim(null);
    await(there.lookNow());
    assertThat(await(roles.get()).getRole())
        .as("epoch 3 of others, elsewhere")
        .isEqualTo(RoleRecord.Role.ORDINARY);
    for (int i = 0; i < 3; i++) {
      claim(meeting, null);
    }
    await(there.lookNow());
    RoleRecord fenced = await(roles.get());
    assertThat(fenced.getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(fenced.getFence().getEpoch()).isEqualTo(3);
  }

  /** What was known of the one before says nothing about it. */
  @Test
  void look_anotherPlaceIsMountedThere_countsAnew() throws IOException {
    Path epochs = directory.resolve("target").resolve(Epochs.FOLDER);
    AppliedSet others = new AppliedSet(new UUID(0, 0xc), SET);
    claim(others);
    claim(others);
    await(watch.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.ORDINARY);
    for (int number = 1; number <= 2; number++) {
      Files.delete(epochs.resolve(number + ".json"));
    }
    claim(new AppliedSet(A, SET));
    await(watch.lookNow());
    await(watch.lookNow());
    assertThat(await(roles.get()).getFence().getEpoch()).isEqualTo(1);
  }

  @Test
  void look_placeOfAsManyIsMountedThere_itsOwnCount() throws IOException {
    claim(new AppliedSet(new UUID(0, 0xc), SET));
    await(watch.lookNow());
    assertThat(await(roles.get()).getRole()).isEqualTo(RoleRecord.Role.ORDINARY);
    Files.delete(directory.resolve("target").resolve(Epochs.FOLDER + "1.json"));
    claim(new AppliedSet(A, SET));
    await(watch.lookNow());
    assertThat(await(roles.get()).getFence().getEpoch()).isEqualTo(1);
  }

  /** Its own epoch at one place is greater than that of whoever took over at another. */
  @Test
  void look_tookOverElsewhereWithASmallerNumber_isFenced() throws IOException {
    TargetRecord place = TargetRecord.newBuilder().setUrl("file:///elsewhere").build();
    await(roles.put(RoleRecord.newBuilder().setEpoch(7).setEpochPlace(place).build(), 0));
    TakeoverWatch there =
        new TakeoverWatch(
            ground(
                record -> {
                  if (record.getUrl().equals(place.getUrl())) {
                    throw new IOException("not mounted");
                  }
                  return DirectoryTarget.open(directory.resolve("target"));
                }),
            new Fencing(metadata.store(), A),
            demotion);
    claim(new AppliedSet(A, SET));
    await(there.lookNow());
    RoleRecord fenced = await(roles.get());
    assertThat(fenced.getRole()).isEqualTo(RoleRecord.Role.FENCED);
    assertThat(fenced.getEpoch()).isEqualTo(1);
  }

  @Test
  void overtaken_appliedSetIsPruned_isListedByItsPositions() throws IOException {
    metadata.put(bucket, "before", "1");
    SetId applied = backedUp(BackupKind.BACKUP_FULL);
    List<ShardPosition> positions = await(records.find("disk")).getLast().getPositionsList();
    metadata.put(bucket, "new", "2");
    claim(new AppliedSet(A, applied, positions));
    await(watch.lookNow());
    try (DirectoryTarget target = DirectoryTarget.open(directory.resolve("target"))) {
      target.delete("sluice-backup-1/" + A + "/" + applied.folder() + "set.json");
    }
    Fence fence = await(roles.get()).getFence();
    assertThat(await(new Divergence(ground).list(fence)).things())
        .containsExactly(new Divergence.Thing(RowKind.OBJECT_ROW, "photos", "new"));

    Fence tooOld =
        fence.toBuilder()
            .clearAppliedPositions()
            .addAppliedPositions(
                positions.get(1).toBuilder()
                    .setPosition(LogPosition.newBuilder().setEpoch(7).setIndex(1)))
            .build();
    assertThatThrownBy(() -> await(new Divergence(ground).list(tooOld)))
        .hasMessageContaining("can't be listed any more")
        .hasMessageContaining(fence.getSnapshot());
  }

  @Test
  void list_setIsNowhere_saysSo() throws IOException {
    SetId applied = backedUp(BackupKind.BACKUP_FULL);
    claim(new AppliedSet(A, applied));
    await(watch.lookNow());
    Fence fence =
        await(roles.get()).getFence().toBuilder()
            .setAppliedSet("20200101T000000.000Z-00000000")
            .build();
    assertThatThrownBy(() -> await(new Divergence(ground).list(fence)))
        .hasMessageContaining("is in no target of this one");
  }
}
