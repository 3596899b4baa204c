package io.sluice.recovery.job;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.file.WrongKeyException;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.snapshot.Cut;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.PackProgress;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one set, from the beginning or from where another run left it: takes the job, pins all
 * shards at one moment, streams what there was into the set, and says that it is complete.
 *
 * <p>All this time it renews its lease. Once another has the job, nothing that this one writes
 * counts: the metadata refuses its word, and what it leaves in the target is in nobody's way.
 *
 * <p>What blocks runs on a thread of its own. For one use; methods may be called on any thread.
 */
final class BackupRun {
  private static final Logger log = LoggerFactory.getLogger(BackupRun.class);

  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration RENEW_EVERY = Duration.ofSeconds(2);

  /** Times the number of runs so far. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** No step of the worker begins for so long: then it hangs, and the lease is let go. */
  private static final Duration STALLED_AFTER = Duration.ofMinutes(5);

  /** Runs of one job that end in trouble that may pass, before it is given up. */
  private static final int ATTEMPTS_MAX = 5;

  private static final int REASON_LENGTH_MAX = 500;

  private final BackupGround on;
  private final TargetRecords records;
  private final String target;
  private final String id;
  private final BackupFigures figures = new BackupFigures();
  private final ExecutorService worker;

  private volatile @Nullable Throwable ended;
  private volatile Instant lastStep;

  /** What is complete, for a successor. */
  private volatile List<PackProgress> packs = List.of();

  private volatile int attempts;

  /** Worked on by the worker alone. */
  private volatile @Nullable SetInTheMaking set;

  /** Of a synthetic set: what it is put together from, and its moment. */
  private volatile @Nullable StoredRows stored;

  private volatile @Nullable Instant storedAt;

  /**
   * @param id another for each run
   */
  BackupRun(BackupGround on, TargetRecords records, String target, String id) {
    this.on = on;
    this.records = records;
    this.target = target;
    this.id = id;
    this.lastStep = on.clock().instant();
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "sluice-backup-" + target);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** To the target, so far. */
  long bytesWritten() {
    return figures.bytesWritten.sum();
  }

  /** Ends it soon, and leaves the job to whoever leads next. */
  void stop() {
    ended = new CancellationException("the node is stopping");
  }

  /**
   * Makes the set.
   *
   * @param job as it was found: nobody has it
   * @return fails with what stood in the way; then the job is given up, or left to be taken over
   */
  Uni<BackupSet> make(BackupJob job) {
    return take(job)
        .flatMap(this::make)
        .onTermination()
        .call(() -> onWorker(this::closeSet).onFailure().recoverWithNull())
        .onTermination()
        .invoke(worker::shutdown);
  }

  private Uni<TargetRecord> take(BackupJob job) {
    return records.begin(
        BeginBackup.newBuilder()
            .setTarget(target)
            .setRunId(id)
            .setContinues(job.getRunId())
            .setOwner(on.node())
            .setLeaseMs(LEASE.toMillis())
            .build());
  }

  private Uni<BackupSet> make(TargetRecord record) {
    BackupProgress before = progressOf(record.getJob());
    attempts = before.getAttempts() + 1;
    Cancellable renewing = renew();
    return cut(record)
        .flatMap(
            taken ->
                onWorker(() -> open(taken, before))
                    .flatMap(
                        complete ->
                            complete.isPresent()
                                ? Uni.createFrom().item(complete.get())
                                : write(taken)))
        .call(this::complete)
        .onFailure()
        .call(this::settle)
        .onTermination()
        .invoke(renewing::cancel);
  }

  /** How far a job is. */
  static BackupProgress progressOf(BackupJob job) {
    try {
      return BackupProgress.parseFrom(job.getProgress());
    } catch (InvalidProtocolBufferException e) {
      return BackupProgress.getDefaultInstance(); // all is sent again
    }
  }

  private Cancellable renew() {
    return Multi.createFrom()
        .ticks()
        .onExecutor(on.timers())
        .every(RENEW_EVERY)
        .onOverflow()
        .drop()
        .onItem()
        .transformToUniAndConcatenate(tick -> renewOnce())
        .subscribe()
        .with(
            done -> {}, failure -> log.error("The lease of a backup is renewed no more", failure));
  }

  /** Not on the worker, which a large file or a slow target may hold for longer than a lease. */
  private Uni<Void> renewOnce() {
    if (Duration.between(lastStep, on.clock().instant()).compareTo(STALLED_AFTER) > 0) {
      return Uni.createFrom().voidItem(); // it hangs: another may do better
    }
    return records
        .record(record().setProgress(progress().toByteString()).build())
        .replaceWithVoid()
        .onFailure()
        .invoke(
            failure -> {
              if (isFenced(failure)) {
                ended = failure;
              } else {
                log.warn("A backup's lease was not renewed: {}", failure.toString());
              }
            })
        .onFailure()
        .recoverWithNull();
  }

  private BackupProgress progress() {
    return figures.progress().setAttempts(attempts).addAllPacks(packs).build();
  }

  private RecordBackup.Builder record() {
    return RecordBackup.newBuilder().setTarget(target).setRunId(id).setLeaseMs(LEASE.toMillis());
  }

  /** The moment of the set, which a run before this one may have chosen. */
  private Uni<TargetRecord> cut(TargetRecord record) {
    if (record.getJob().getCutCount() > 0) {
      return Uni.createFrom().item(record);
    }
    Uni<List<ShardPosition>> cut =
        isSynthetic(record)
            ? Uni.createFrom().item(record.getLast().getPositionsList())
            : Cut.ofBackup(on.metadata(), id).make();
    long before = on.clock().millis(); // what is written from here on may not be in it
    return cut.flatMap(
        chosen -> records.record(record().addAllCut(chosen).setCutMs(before).build()));
  }

  /** Put together from what the target has, and of the moment of the last set there. */
  private static boolean isSynthetic(TargetRecord record) {
    return record.getJob().getKind() == BackupKind.BACKUP_SYNTHETIC_FULL;
  }

  /** Opens the set, unless it is complete: then that is all there is to do. */
  private Optional<BackupSet> open(TargetRecord record, BackupProgress before) throws IOException {
    BackupJob job = record.getJob();
    SetId setId = new SetId(job.getSetId());
    BackupTarget opened = on.targets().open(record);
    try {
      BackupFiles files = TargetSets.files(opened, on.clusterId(), record);
      BackupCatalog catalog = BackupCatalog.load(files);
      if (record.hasLast() && catalog.sets().isEmpty()) {
        throw new NoSuchFileException(
            opened
                + " has none of the backups that were made to it: is it the right place, and"
                + " mounted? To begin anew there remove the target, and add it again");
      }
      Optional<BackupSet> complete = catalog.find(setId);
      if (complete.isPresent()) {
        opened.close();
        return complete;
      }
      if (isSynthetic(record)) {
        BackupSet last = required(record.getLast(), catalog);
        stored = new StoredRows(SetState.open(files, catalog.chain(last), null));
        storedAt = last.cutAt();
      }
      SetInTheMaking made =
          SetInTheMaking.open(
              opened,
              files,
              catalog,
              setId,
              kind(job.getKind()),
              parent(record, catalog),
              before,
              on.clock(),
              figures);
      packs = made.packs();
      set = made;
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static SetKind kind(BackupKind kind) {
    return switch (kind) {
      case BACKUP_FULL -> SetKind.FULL;
      case BACKUP_INCREMENTAL -> SetKind.INCREMENTAL;
      case BACKUP_DIFFERENTIAL -> SetKind.DIFFERENTIAL;
      case BACKUP_SYNTHETIC_FULL -> SetKind.SYNTHETIC_FULL;
      case UNRECOGNIZED -> throw new IllegalArgumentException("no such set is made here: " + kind);
    };
  }

  /** The point that a set of that kind adds to; null of a full one. */
  private static @Nullable BackupPoint base(TargetRecord record) {
    return switch (record.getJob().getKind()) {
      case BACKUP_INCREMENTAL -> record.getLast();
      case BACKUP_DIFFERENTIAL -> record.getLastFull();
      default -> null;
    };
  }

  private static @Nullable BackupSet parent(TargetRecord record, BackupCatalog catalog)
      throws IOException {
    BackupPoint base = base(record);
    return base == null ? null : required(base, catalog);
  }

  private static BackupSet required(BackupPoint point, BackupCatalog catalog) throws IOException {
    return SetId.parse(point.getSetId())
        .flatMap(catalog::find)
        .orElseThrow(
            () ->
                new MissingBaseException(
                    point.getSetId(),
                    "backup "
                        + point.getSetId()
                        + ", which this one would build on, is not in the target any more: make a"
                        + " full one"));
  }

  private Uni<BackupSet> write(TargetRecord record) {
    return isSynthetic(record) ? putTogether(record) : send(record);
  }

  private Uni<BackupSet> putTogether(TargetRecord record) {
    StoredRows rows = Objects.requireNonNull(stored);
    Instant at = Objects.requireNonNull(storedAt);
    return Multi.createBy()
        .repeating()
        .uni(() -> onWorker(() -> copyPage(rows)))
        .whilst(more -> more)
        .onItem()
        .ignoreAsUni()
        .chain(() -> finish(at, List.of(), record.getJob().getCutList()));
  }

  /** Whether there may be more. */
  private boolean copyPage(StoredRows rows) throws IOException {
    RowPage page = rows.nextPage();
    List<ChunkId> lacking = goingOn().add(page);
    if (!lacking.isEmpty()) {
      throw new DamagedFileException(
          "chunk " + lacking.get(0), "is nowhere in the target: verify it, and make a full backup");
    }
    return !page.rows().isEmpty();
  }

  private Uni<BackupSet> send(TargetRecord record) {
    RowSource source = new RowSource(on.metadata());
    BackupPoint base = base(record);
    List<ShardPosition> cut = record.getJob().getCutList();
    Instant at = Instant.ofEpochMilli(record.getJob().getCutMs());
    List<ShardPosition> before = base == null ? List.of() : base.getPositionsList();
    ChunkShipping shipping =
        new ChunkShipping(
            on.chunks(), worker, pace(record.getBytesPerSecondMax()), (chunk, bytes) -> add(bytes));
    Multi<RowPage> pages = base == null ? source.all(cut) : source.changes(before, cut);
    return pages
        .onItem()
        .transformToUniAndConcatenate(
            page -> onWorker(() -> goingOn().add(page)).flatMap(shipping::ship))
        .onItem()
        .ignoreAsUni()
        .chain(() -> finish(at, before, cut));
  }

  private Uni<BackupSet> finish(Instant at, List<ShardPosition> before, List<ShardPosition> cut) {
    return onWorker(() -> goingOn().prepare(at, before, cut))
        // What another run has, or gave up, this one must not complete: a prune went by the record.
        .call(prepared -> records.record(record().build()))
        .flatMap(prepared -> onWorker(() -> goingOn().publish(prepared)));
  }

  private void add(ByteBuffer chunk) throws IOException {
    SetInTheMaking open = goingOn();
    lastStep = on.clock().instant();
    if (open.addChunk(chunk)) {
      packs = open.packs();
      if (packs.size() < SetInTheMaking.PACKS_TOLD_MAX) {
        attempts = 1; // it gets on, and a successor begins where this one ends
      }
      renewOnce().subscribe().with(done -> {}, failure -> {});
    }
  }

  private @Nullable Pace pace(long bytesPerSecond) {
    return bytesPerSecond == 0 ? null : new Pace(bytesPerSecond, System::nanoTime, on.timers());
  }

  /** The set, while this run has the job. */
  private SetInTheMaking goingOn() throws IOException {
    Throwable why = ended;
    if (why != null) {
      throw new IOException(String.valueOf(why.getMessage()), why);
    }
    return requireSet();
  }

  private SetInTheMaking requireSet() {
    return Objects.requireNonNull(set);
  }

  private Uni<Void> complete(BackupSet made) {
    return records
        .complete(
            CompleteBackup.newBuilder()
                .setTarget(target)
                .setRunId(id)
                .setSetId(made.id().text())
                .setObjectBytes(made.counts().objectBytes())
                .build())
        .replaceWithVoid();
  }

  /** Gives the job up, unless another has it, or may do better. */
  private Uni<Void> settle(Throwable failure) {
    Throwable why = ended;
    if (isFenced(failure) || (why != null && isFenced(why))) {
      return Uni.createFrom().voidItem();
    }
    boolean goesOn = why != null || (attempts < ATTEMPTS_MAX && mayPass(failure));
    return goesOn ? handOver() : abandon(failure).chain(() -> markLost(failure));
  }

  /** So that the next that is due is a full one. */
  private Uni<Void> markLost(Throwable failure) {
    return failure instanceof MissingBaseException missing
        ? records.markLost(target, missing.setId()).onFailure().recoverWithNull()
        : Uni.createFrom().voidItem();
  }

  /** What is wrong with the set or what it is made of is so the next time too, and for people. */
  private static boolean mayPass(Throwable failure) {
    if (failure instanceof StorageFailure.Refused refused) {
      return refused.code() == RefusalCode.CONFLICT; // clients disturbed the cut time and again
    }
    if (failure instanceof IOException) {
      return !(failure instanceof DamagedFileException
          || failure instanceof MissingBaseException
          || failure instanceof WrongKeyException
          || failure instanceof NewerFormatException
          || failure instanceof FileSystemException);
    }
    return failure instanceof StorageFailure.Unavailable
        || failure instanceof StorageFailure.OutcomeUnknown
        || failure instanceof StorageFailure.NotLeader;
  }

  private Uni<Void> handOver() {
    return records
        .record(
            record()
                .setLeaseMs(ended == null ? attempts * RETRY_AFTER.toMillis() : 1)
                .setProgress(progress().toByteString())
                .build())
        .replaceWithVoid()
        .onFailure()
        .recoverWithNull();
  }

  private Uni<Void> abandon(Throwable failure) {
    String reason = String.valueOf(failure.getMessage());
    return records
        .abandon(
            AbandonBackup.newBuilder()
                .setTarget(target)
                .setRunId(id)
                .setReason(reason.substring(0, Math.min(reason.length(), REASON_LENGTH_MAX)))
                .build())
        .onFailure()
        .recoverWithNull();
  }

  private static boolean isFenced(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && (refused.code() == RefusalCode.BACKUP_TAKEN_OVER
            || refused.code() == RefusalCode.NO_SUCH_TARGET);
  }

  /** Whether there was one. */
  private boolean closeSet() throws IOException {
    SetInTheMaking open = set;
    StoredRows rows = stored;
    if (rows != null) {
      rows.close();
    }
    if (open != null) {
      open.close();
    }
    return open != null;
  }

  private <T> Uni<T> onWorker(Callable<T> step) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> done = new CompletableFuture<>();
              worker.execute(
                  () -> {
                    lastStep = on.clock().instant();
                    try {
                      done.complete(step.call());
                    } catch (Exception | Error e) { // whoever waits must hear of it
                      done.completeExceptionally(e);
                    }
                  });
              return done;
            });
  }
}
