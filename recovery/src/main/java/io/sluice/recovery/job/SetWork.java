package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.Pace;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.PackProgress;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a set to its target, on a thread of its own, one step after the other. Methods return at
 * once and may be called on any thread; results arrive on another. For one use.
 */
final class SetWork {
  private static final Logger log = LoggerFactory.getLogger(SetWork.class);

  /** A target that does not answer for so long hangs: one of S3 has said by then why. */
  private static final Duration SILENCE_MAX = Duration.ofMinutes(6);

  private final BackupGround on;
  private final KnownTargets targets;
  private final RunLease lease;
  private final BackupFigures figures;
  private final ExecutorService thread;
  private final TargetWorker worker;

  /**
   * What is complete, for a successor.
   *
   * @param setId of the set that leads up to the one that is asked for; empty: of that
   */
  private record Complete(String setId, List<PackProgress> packs) {}

  private volatile Complete complete = new Complete("", List.of());

  /** Worked on by the worker alone, as is what follows. */
  private volatile @Nullable KnownTarget target;

  private volatile @Nullable SetInTheMaking set;

  /** The id of the one that leads up to the set that is asked for; empty: it is that itself. */
  private volatile String leadingUp = "";

  /** That was made, and the target's record when it was begun. */
  private volatile @Nullable TargetRecord done;

  /** Of a synthetic set: what it is put together from, and its moment. */
  private volatile @Nullable StoredRows stored;

  private volatile @Nullable Instant storedAt;

  /**
   * @param targets what is known of targets from the run before
   * @param lease while it is held
   */
  SetWork(
      BackupGround on,
      KnownTargets targets,
      TargetRecord target,
      RunLease lease,
      BackupFigures figures) {
    this.on = on;
    this.targets = targets;
    this.lease = lease;
    this.figures = figures;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "sluice-backup-" + target.getName());
              thread.setDaemon(true);
              return thread;
            });
    this.worker = new TargetWorker(on, target, thread, SILENCE_MAX);
  }

  /** As {@link TargetWorker#silence}. Any thread. */
  @Nullable Duration silence() {
    return worker.silence();
  }

  /** Says what a successor need not send again. */
  BackupProgress.Builder tell(BackupProgress.Builder progress) {
    Complete now = complete;
    return progress.setPacksOf(now.setId()).addAllPacks(now.packs());
  }

  /** Begins with what is complete already: a run that ends before it could look keeps that. */
  void goOnFrom(BackupProgress before) {
    complete = new Complete(before.getPacksOf(), before.getPacksList());
  }

  /** Makes the set; it is complete already when a run before this one got so far. */
  Uni<BackupSet> make(TargetRecord record) {
    return worker
        .step(() -> open(record))
        .flatMap(
            complete ->
                complete.isPresent()
                    ? Uni.createFrom().item(complete.get())
                    : endChain(record)
                        .chain(() -> worker.step(() -> begin(record)))
                        .flatMap(
                            begun ->
                                JobTerms.isSynthetic(record) ? putTogether(record) : send(record)));
  }

  /** Opens the set, unless it is complete: then that is all there is to do. */
  private Optional<BackupSet> open(TargetRecord record) throws IOException {
    SetId setId = new SetId(record.getJob().getSetId());
    KnownTarget opened = targets.take(record, worker);
    target = opened;
    BackupCatalog catalog = opened.catalog();
    if (record.hasLast() && catalog.sets().isEmpty()) {
      throw new NoSuchFileException(
          opened
              + " has none of the backups that were made to it: is it the right place, and"
              + " mounted? To begin anew there remove the target, and add it again");
    }
    Optional<BackupSet> complete = catalog.find(setId);
    if (complete.isPresent()) {
      return complete;
    }
    if (JobTerms.isSynthetic(record)) {
      BackupSet last = JobTerms.required(record.getLast(), catalog);
      stored = new StoredRows(SetState.open(opened.files(), catalog.chain(last), null));
      storedAt = last.cutAt();
    }
    return Optional.empty();
  }

  /** Begins the set that is asked for. */
  private SetInTheMaking begin(TargetRecord record) throws IOException {
    KnownTarget opened = Objects.requireNonNull(target);
    try (Closeable before = set) {
      set = null;
      leadingUp = "";
    }
    SetInTheMaking made =
        SetInTheMaking.open(
            opened,
            new SetId(record.getJob().getSetId()),
            JobTerms.kind(record),
            JobTerms.parent(record, opened.catalog()),
            before(record, ""),
            on.clock(),
            figures);
    complete = new Complete("", made.packs());
    set = made;
    return made;
  }

  /**
   * Before a full set: one that holds what changed up to the same moment. Whoever follows set after
   * set gets there by it, and need not compare everything. The full one does without it where the
   * chain before can't be gone on with.
   */
  private Uni<Void> endChain(TargetRecord record) {
    if (!JobTerms.endsChain(record)) {
      return Uni.createFrom().voidItem();
    }
    return worker
        .step(() -> beginChainEnd(record))
        .flatMap(
            begun ->
                begun
                    ? send(record, record.getLast()).replaceWithVoid()
                    : Uni.createFrom().voidItem())
        .onFailure(SetWork::isBroken)
        .recoverWithUni(
            broken -> {
              log.info("Nothing leads up to the next full backup: {}", broken.getMessage());
              return Uni.createFrom().voidItem();
            });
  }

  private static boolean isBroken(Throwable failure) {
    return failure instanceof DamagedFileException
        || failure instanceof NoSuchFileException
        || Refusals.is(failure, RefusalCode.OUTSIDE_HISTORY);
  }

  /** How far a run before this one came with a set of the job. */
  private static BackupProgress before(TargetRecord record, String setId) {
    BackupProgress before = RunLease.progressOf(record.getJob());
    return before.getPacksOf().equals(setId) ? before : BackupProgress.getDefaultInstance();
  }

  /** Whether there is one to be made: a run before may have done that, or have done without. */
  private boolean beginChainEnd(TargetRecord record) throws IOException {
    KnownTarget opened = Objects.requireNonNull(target);
    SetId id = new SetId(record.getJob().getSetId()).chainEnd();
    BackupSet last =
        SetId.parse(record.getLast().getSetId()).flatMap(opened.catalog()::find).orElse(null);
    boolean isPassed = before(record, "").getPacksCount() > 0;
    if (last == null || isPassed || opened.catalog().find(id).isPresent()) {
      return false;
    }
    SetInTheMaking made =
        SetInTheMaking.open(
            opened, id, SetKind.INCREMENTAL, last, before(record, id.text()), on.clock(), figures);
    leadingUp = id.text();
    complete = new Complete(id.text(), made.packs());
    set = made;
    return true;
  }

  private Uni<BackupSet> putTogether(TargetRecord record) {
    StoredRows rows = Objects.requireNonNull(stored);
    Instant at = Objects.requireNonNull(storedAt);
    return Multi.createBy()
        .repeating()
        .uni(() -> worker.step(() -> copyPage(rows)))
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
    return send(record, JobTerms.base(record));
  }

  /**
   * Sends a set.
   *
   * @param base what it adds to; null of a full one
   */
  private Uni<BackupSet> send(TargetRecord record, @Nullable BackupPoint base) {
    RowSource source = new RowSource(on.metadata());
    List<ShardPosition> cut = record.getJob().getCutList();
    Instant at = Instant.ofEpochMilli(record.getJob().getCutMs());
    List<ShardPosition> before = base == null ? List.of() : base.getPositionsList();
    GivingWay clients =
        new GivingWay(on.clientRequests(), on.nanos(), on.timers(), JobTerms.patience(record));
    ChunkShipping shipping =
        new ChunkShipping(
            on.chunks(),
            worker,
            pace(record.getBytesPerSecondMax()),
            clients,
            (chunk, bytes) -> add(bytes));
    Multi<RowPage> pages = base == null ? source.all(cut) : source.changes(before, cut);
    return pages
        .onItem()
        .transformToUniAndConcatenate(
            page -> worker.step(() -> goingOn().add(page)).flatMap(shipping::ship))
        .onItem()
        .ignoreAsUni()
        .chain(() -> finish(at, before, cut));
  }

  private Uni<BackupSet> finish(Instant at, List<ShardPosition> before, List<ShardPosition> cut) {
    return worker
        .step(() -> goingOn().prepare(at, before, cut))
        // What another run has, or gave up, this one must not complete: a prune went by the record.
        .call(lease::confirm)
        .flatMap(prepared -> worker.step(() -> publish(prepared)));
  }

  private BackupSet publish(BackupSet prepared) throws IOException {
    BackupSet published = goingOn().publish(prepared);
    Objects.requireNonNull(target).completed(published);
    return published;
  }

  private void add(ByteBuffer chunk) throws IOException {
    SetInTheMaking open = goingOn();
    if (open.addChunk(chunk)) {
      List<PackProgress> packs = open.packs();
      complete = new Complete(leadingUp, packs);
      if (packs.size() < SetInTheMaking.PACKS_TOLD_MAX) {
        lease.getsOn();
      }
      lease.tell();
    }
  }

  private @Nullable Pace pace(long bytesPerSecond) {
    return bytesPerSecond == 0 ? null : new Pace(bytesPerSecond, System::nanoTime, on.timers());
  }

  private SetInTheMaking goingOn() throws IOException {
    lease.requireHeld();
    return Objects.requireNonNull(set);
  }

  /** The set is complete in the metadata too, and the next run may rely on what this one knows. */
  void keep(TargetRecord begun) {
    done = begun;
  }

  /** Ends the work. Does not fail. */
  Uni<Void> close() {
    return worker
        .end(this::closeNow)
        .onFailure()
        .recoverWithNull()
        .onTermination()
        .invoke(thread::shutdown);
  }

  /** Whether there was one. */
  private boolean closeNow() throws IOException {
    KnownTarget known = target;
    TargetRecord begun = done;
    try (Closeable rows = stored;
        Closeable open = set) {
      target = null;
    } catch (IOException | RuntimeException e) {
      begun = null;
      throw e;
    } finally {
      if (known != null && begun != null) {
        targets.giveBack(begun, known);
      } else if (known != null) {
        known.close();
      }
    }
    return known != null;
  }
}
