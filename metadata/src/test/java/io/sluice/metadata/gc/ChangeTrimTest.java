package io.sluice.metadata.gc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.BackupPins;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ListTargets;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.PutRole;
import io.sluice.storage.proto.PutTarget;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.SetHistoryWindow;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.ShardStatus;
import io.sluice.storage.proto.TakeMirror;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.storage.proto.Unpin;
import io.sluice.testkit.TestClock;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How far back changes are kept, and that nobody is deceived about it; and pins of backups. */
class ChangeTrimTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SHARDS = 2;
  private static final int SHARD = 1;
  private static final long CHANGES_MAX = 40;
  private static final GcOptions OPTIONS =
      new GcOptions(
          LIMIT, Duration.ofHours(6), Duration.ofHours(24), CHANGES_MAX, 1_000, 1_000_000);

  private final TestClock clock = new TestClock();

  /**
   * What happens elsewhere while the shard is looked at, right after its pins or the targets are
   * listed, whichever is first.
   */
  private final AtomicReference<@Nullable Runnable> meanwhile = new AtomicReference<>();

  /** What tells that the looking has begun. */
  private Query.BodyCase beginsWith = Query.BodyCase.GET_SHARD_STATUS;

  private MetadataServer server;
  private GarbageCollector collector;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    server =
        MetadataServer.open(
            MetadataOptions.in(directory.resolve("metadata")).shards(SHARDS).build(),
            clock,
            new SimpleMeterRegistry(),
            (shard, failure) -> {});
    for (int shard = 0; shard < SHARDS; shard++) {
      submit(
          shard,
          Command.newBuilder()
              .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
    }
    collector =
        new GarbageCollector(
            new Interrupted(),
            server::leads,
            chunk -> List.of(),
            OPTIONS,
            clock,
            clock::nanos,
            new SimpleMeterRegistry());
    submit(
        0,
        Command.newBuilder()
            .setPutTarget(
                PutTarget.newBuilder()
                    .setTarget(TargetRecord.newBuilder().setName("t").setUrl("file:///t"))));
  }

  @AfterEach
  void close() throws Exception {
    collector.close();
    server.close();
  }

  /** The metadata as the collector sees it. */
  private final class Interrupted implements MetadataStore {
    private boolean isLookedAt;

    @Override
    public int shardCount() {
      return SHARDS;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return server.store().submit(shard, command, deadline);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      Uni<Answer> answer = server.store().query(shard, query, deadline);
      boolean isOfTheShard = shard == SHARD || !query.hasGetShardStatus();
      isLookedAt |= query.getBodyCase() == beginsWith && isOfTheShard;
      if (isLookedAt && (query.hasListPins() || query.hasListTargets())) {
        Runnable next = meanwhile.getAndSet(null);
        if (next != null) {
          return answer.emitOn(Infrastructure.getDefaultWorkerPool()).invoke(first -> next.run());
        }
      }
      return answer;
    }
  }

  private Outcome submit(int shard, Command.Builder command) {
    return server.store().submit(shard, command.build(), LIMIT).await().atMost(LIMIT);
  }

  private Answer query(int shard, Query.Builder query) {
    return server.store().query(shard, query.build(), LIMIT).await().atMost(LIMIT);
  }

  private void collect() {
    assertThat(collector.runNow().await().atMost(LIMIT).lastFailure()).isNull();
  }

  private void put(int times) {
    for (int i = 0; i < times; i++) {
      submit(
          SHARD,
          Command.newBuilder()
              .setPutObject(
                  PutObject.newBuilder()
                      .setBucketId(7)
                      .setKey(ByteString.copyFromUtf8("k" + i))
                      .setObject(ObjectVersion.newBuilder().setEtag("e"))
                      .setPart(Part.newBuilder().setInline(true))));
    }
  }

  /** The log has entries of its own too. */
  private void putUntil(long index) {
    while (status().getNewestChange() < index) {
      put(1);
    }
  }

  private ShardStatus status() {
    return query(SHARD, Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()))
        .getStatus();
  }

  private TargetRecord target() {
    return query(0, Query.newBuilder().setListTargets(ListTargets.getDefaultInstance()))
        .getTargets()
        .getTargets(0);
  }

  private void begin(String run, BackupKind kind) {
    submit(
        0,
        Command.newBuilder()
            .setBeginBackup(
                BeginBackup.newBuilder()
                    .setTarget("t")
                    .setRunId(run)
                    .setKind(kind)
                    .setSetId("set of " + run)
                    .setLeaseMs(60_000)));
  }

  private LogPosition pin(String id) {
    return submit(SHARD, Command.newBuilder().setPin(Pin.newBuilder().setId(id))).getPin().getAt();
  }

  private void unpin(String id) {
    submit(SHARD, Command.newBuilder().setUnpin(Unpin.newBuilder().setId(id)));
  }

  private void record(String run, LogPosition at) {
    submit(
        0,
        Command.newBuilder()
            .setRecordBackup(
                RecordBackup.newBuilder()
                    .setTarget("t")
                    .setRunId(run)
                    .setLeaseMs(60_000)
                    .addCut(ShardPosition.newBuilder().setShard(SHARD).setPosition(at))));
  }

  private void complete(String run) {
    submit(
        0,
        Command.newBuilder()
            .setCompleteBackup(
                CompleteBackup.newBuilder()
                    .setTarget("t")
                    .setRunId(run)
                    .setSetId("set of " + run)));
  }

  /** Makes a set from its beginning to its end. */
  private LogPosition backUp(String run, BackupKind kind) {
    begin(run, kind);
    LogPosition at = pin(BackupPins.id(run, 1));
    record(run, at);
    complete(run);
    unpin(BackupPins.id(run, 1));
    return at;
  }

  /** Whether everything that changed since can be told. */
  private boolean isWhole(LogPosition since) {
    try {
      query(
          SHARD,
          Query.newBuilder()
              .setListChanges(
                  ListChanges.newBuilder().setAfter(since).setTo(status().getApplied())));
      return true;
    } catch (StorageFailure.Refused refused) {
      assertThat(refused.code()).isEqualTo(RefusalCode.OUTSIDE_HISTORY);
      return false;
    }
  }

  private List<String> pins() {
    return query(SHARD, Query.newBuilder().setListPins(ListPins.getDefaultInstance()))
        .getPins()
        .getPinsList()
        .stream()
        .filter(pin -> !pin.getRemoved())
        .map(PinRow::getId)
        .toList();
  }

  @Test
  void run_nobodyNeedsChanges_dropsThem() {
    put(10);
    LogPosition since = status().getApplied();
    put(10);
    assertThat(isWhole(since)).isTrue();
    collect();
    assertThat(isWhole(since)).isFalse();
    assertThat(status().getOldestChange()).isZero();
  }

  @Test
  void run_overtaken_keepsWhatTheOtherMayLack_untilTheSnapshotIsRemoved_andWithinTheBound() {
    put(10);
    LogPosition since = status().getApplied();
    put(10);
    Fence.Builder fence =
        Fence.newBuilder()
            .setEpoch(2)
            .addAppliedPositions(ShardPosition.newBuilder().setShard(SHARD).setPosition(since));
    fence(fence, 0);
    collect();
    assertThat(isWhole(since)).as("the snapshot is to come").isTrue();
    fence(fence.setSnapshot("removed"), 1);
    collect();
    assertThat(isWhole(since)).isFalse();

    LogPosition later = status().getApplied();
    put(10);
    fence(
        fence
            .clearSnapshot()
            .setAppliedPositions(
                0, ShardPosition.newBuilder().setShard(SHARD).setPosition(later).build()),
        2);
    collect();
    assertThat(isWhole(later)).isTrue();
    put((int) CHANGES_MAX);
    collect();
    assertThat(isWhole(later)).isFalse();
  }

  private void fence(Fence.Builder fence, long expectedRevision) {
    submit(
        0,
        Command.newBuilder()
            .setPutRole(
                PutRole.newBuilder()
                    .setRole(
                        RoleRecord.newBuilder().setRole(RoleRecord.Role.FENCED).setFence(fence))
                    .setExpectedRevision(expectedRevision)));
  }

  @Test
  void run_window_keepsTheBound() {
    submit(
        SHARD,
        Command.newBuilder().setSetHistoryWindow(SetHistoryWindow.newBuilder().setWindowMs(1)));
    put(10);
    LogPosition since = status().getApplied();
    put(10);
    collect();
    assertThat(isWhole(since)).isTrue();
    put((int) CHANGES_MAX);
    collect();
    assertThat(isWhole(since)).isFalse();
    assertThat(status().getNewestChange() - status().getOldestChange()).isLessThan(CHANGES_MAX);
  }

  @Test
  void run_pin_keepsWhatCameSince() {
    LogPosition since = pin("p");
    put(10);
    collect();
    assertThat(isWhole(since)).isTrue();
    unpin("p");
    collect();
    assertThat(isWhole(since)).isFalse();
  }

  @Test
  void run_target_keepsWhatItsLastFullNeeds() {
    LogPosition full = backUp("r1", BackupKind.BACKUP_FULL);
    put(5);
    LogPosition incremental = backUp("r2", BackupKind.BACKUP_INCREMENTAL);
    put(5);
    collect();
    assertThat(isWhole(full)).isTrue();
    LogPosition next = backUp("r3", BackupKind.BACKUP_FULL);
    put(5);
    collect();
    assertThat(isWhole(incremental)).isFalse();
    assertThat(isWhole(next)).isTrue();
    assertThat(target().getLast().getLost()).isFalse();
  }

  private MirrorRecord mirror() {
    return query(0, Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()))
        .getMirrors()
        .getMirrors(0);
  }

  private void mirrorAt(LogPosition at) {
    submit(
        0,
        Command.newBuilder()
            .setPutMirror(
                PutMirror.newBuilder()
                    .setMirror(
                        MirrorRecord.newBuilder()
                            .setName("m")
                            .setBucket("b")
                            .setBucketId(7)
                            .setShard(SHARD)
                            .setUrl("s3://there"))));
    submit(
        0,
        Command.newBuilder()
            .setTakeMirror(TakeMirror.newBuilder().setName("m").setRunId("r").setLeaseMs(60_000)));
    submit(
        0,
        Command.newBuilder()
            .setRecordMirror(
                RecordMirror.newBuilder()
                    .setName("m")
                    .setRunId("r")
                    .setLeaseMs(60_000)
                    .setProgress(MirrorProgress.newBuilder().setReadTo(at))));
  }

  @Test
  void run_mirror_keepsWhatItDidNotReadUntilItIsTooFarBehind() {
    put(5);
    LogPosition at = status().getApplied();
    mirrorAt(at);
    put(5);
    collect();
    assertThat(isWhole(at)).isTrue();
    assertThat(mirror().getProgress().getLost()).isFalse();
    putUntil(at.getIndex() + CHANGES_MAX + 5);
    collect();
    assertThat(mirror().getProgress().getLost()).isTrue();
    assertThat(isWhole(at)).isFalse();
  }

  @Test
  void run_targetIsTooFarBehind_isMarkedLostBeforeItsChangesGo() {
    LogPosition full = backUp("r1", BackupKind.BACKUP_FULL);
    putUntil(full.getIndex() + CHANGES_MAX / 2);
    LogPosition incremental = backUp("r2", BackupKind.BACKUP_INCREMENTAL);
    putUntil(full.getIndex() + CHANGES_MAX + 5);
    collect();
    assertThat(isWhole(full)).isFalse();
    assertThat(target().getLastFull().getLost()).isTrue();
    assertThat(isWhole(incremental)).isTrue();
    assertThat(target().getLast().getLost()).isFalse();
    putUntil(incremental.getIndex() + CHANGES_MAX + 5);
    collect();
    assertThat(isWhole(incremental)).isFalse();
    assertThat(target().getLast()).extracting(BackupPoint::getLost).isEqualTo(true);
    assertThat(status().getNewestChange() - status().getOldestChange()).isLessThan(CHANGES_MAX);
  }

  /**
   * A backup completes and lets go of its pin while the collector looks: its cut is a pin when pins
   * are listed, or a target's position when targets are. The other way round it would be neither.
   */
  @Test
  void run_backupCompletesMeanwhile_keepsWhatItNeedsNext() {
    begin("r1", BackupKind.BACKUP_FULL);
    LogPosition cut = pin(BackupPins.id("r1", 1));
    record("r1", cut);
    put(5);
    meanwhile.set(
        () -> {
          complete("r1");
          unpin(BackupPins.id("r1", 1));
        });
    collect();
    assertThat(meanwhile).hasValue(null);
    assertThat(isWhole(cut)).isTrue();
    put(5);
    collect();
    assertThat(isWhole(cut)).isTrue();
    assertThat(target().getLast().getLost()).isFalse();
  }

  /** A cut that is made while the collector looks is behind all that it trims. */
  @Test
  void run_backupBeginsMeanwhile_keepsWhatItNeedsNext() {
    put(5);
    List<LogPosition> cut = new ArrayList<>();
    meanwhile.set(
        () -> {
          put(5);
          begin("r1", BackupKind.BACKUP_FULL);
          cut.add(pin(BackupPins.id("r1", 1)));
          put(5);
        });
    collect();
    assertThat(meanwhile).hasValue(null);
    assertThat(isWhole(cut.get(0))).isTrue();
  }

  /** A job is written down before it pins: a pin that is seen has its job in what is seen later. */
  @Test
  void run_backupBeginsWhilePinsAreSwept_keepsItsPin() {
    beginsWith = Query.BodyCase.LIST_SNAPSHOTS;
    meanwhile.set(
        () -> {
          begin("r1", BackupKind.BACKUP_FULL);
          pin(BackupPins.id("r1", 1));
        });
    collect();
    assertThat(meanwhile).hasValue(null);
    assertThat(pins()).containsExactly("b.r1.1");
  }

  @Test
  void run_pinOfARunningBackup_stays_andGoesWithItsJob() {
    begin("r1", BackupKind.BACKUP_FULL);
    pin(BackupPins.id("r1", 1));
    pin(BackupPins.id("r0", 1));
    pin("somebody's");
    collect();
    assertThat(pins()).as("no cut yet").containsExactly("b.r1.1", "somebody's");
    LogPosition cut = pin(BackupPins.id("r1", 2));
    record("r1", cut);
    collect();
    assertThat(pins()).as("that of the cut alone").containsExactly("somebody's", "b.r1.2");
    submit(
        0,
        Command.newBuilder()
            .setBeginBackup(
                BeginBackup.newBuilder()
                    .setTarget("t")
                    .setRunId("r2")
                    .setContinues("r1")
                    .setLeaseMs(60_000)));
    collect();
    assertThat(pins()).as("who goes on reads there too").contains("b.r1.2");
    submit(
        0,
        Command.newBuilder()
            .setCompleteBackup(
                CompleteBackup.newBuilder().setTarget("t").setRunId("r2").setSetId("set of r1")));
    collect();
    assertThat(pins()).containsExactly("somebody's");
  }
}
