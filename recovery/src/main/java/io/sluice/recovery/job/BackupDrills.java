package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.restore.TrialRestore;
import io.sluice.recovery.backup.restore.TrialResult;
import io.sluice.recovery.backup.restore.TrialTerms;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.schedule.DueDrill;
import io.sluice.storage.Pace;
import io.sluice.storage.proto.DrillSchedule;
import io.sluice.storage.proto.LastDrill;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restore drills: the newest backup of a target, or a sample of it, is restored into a directory of
 * the node and compared with what was uploaded; what came of it goes into the target's record. One
 * at a time a target and node, on the node that is asked; those that are due on the node that leads
 * shard 0. One that ends with its node is due again. Any thread.
 */
public final class BackupDrills implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BackupDrills.class);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  /** After one of a target ended, in which its record may not say so yet. */
  private static final Duration QUIET = Duration.ofSeconds(30);

  private static final Duration ASK_EVERY = Duration.ofMinutes(1);

  private final BackupGround on;
  private final Path temporary;
  private final TargetRecords records;
  private final TargetTasks<DrillResult> tasks;
  private final ScratchDirectories scratch;
  private final AtomicBoolean looking = new AtomicBoolean();
  private final Map<String, Instant> begun = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private @Nullable ScheduledFuture<?> looks;

  /**
   * @param temporary where drills that name no directory make theirs
   */
  public BackupDrills(BackupGround on, Path temporary) {
    this.on = on;
    this.temporary = temporary;
    this.records = new TargetRecords(on.metadata());
    this.tasks = new TargetTasks<>(on, "sluice-backup-drill");
    this.scratch =
        new ScratchDirectories(on.clusterId() + "-" + on.node().replaceAll("[^A-Za-z0-9]", "-"));
  }

  /** Removes what an earlier process left, and begins to look for drills that are due. */
  public void start() {
    on.lookers().execute(this::clear);
    long every = LOOK_EVERY.toMillis();
    looks = on.timers().scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
  }

  /**
   * Begins one. It fails with {@link IOException} when nothing could be restored at all; what is
   * damaged is in the result.
   *
   * @return empty when one is under way at that target
   */
  public Optional<TargetTask<DrillResult>> begin(TargetRecord target, DrillOrder order) {
    return tasks.begin(
        target.getName(),
        task -> {
          TargetWorker worker = tasks.worker(target);
          return tasks
              .step(worker, () -> drill(worker, target, order, task))
              .call(result -> note(target, result.note()))
              .onFailure(failure -> !(failure instanceof CancellationException))
              .call(failure -> note(target, failed(target, order, failure)));
        });
  }

  /** The last that was begun at a target by this node. */
  public Optional<TargetTask<DrillResult>> find(String target) {
    return tasks.find(target);
  }

  private void clear() {
    try {
      scratch.clear(temporary);
    } catch (IOException e) {
      log.warn("What drills left in {} can't be removed: {}", temporary, e.getMessage());
    }
  }

  private void look() {
    if (closing.getCount() == 0
        || !on.leads().getAsBoolean()
        || !looking.compareAndSet(false, true)) {
      return;
    }
    records
        .list()
        .onTermination()
        .invoke(() -> looking.set(false))
        .subscribe()
        .with(
            targets -> targets.forEach(this::beginIfDue),
            failure -> log.debug("Backup targets can't be listed", failure));
  }

  private void beginIfDue(TargetRecord target) {
    Instant now = on.clock().instant();
    String name = target.getName();
    if (now.isBefore(begun.getOrDefault(name, Instant.MIN))) {
      return;
    }
    try {
      Optional<DrillSchedule> due = DueDrill.of(target, now);
      if (due.isPresent() && begin(target, order(due.get(), now)).isPresent()) {
        begun.put(name, now.plus(QUIET));
        log.info("A restore drill of {} is due", name);
      }
    } catch (IllegalArgumentException e) {
      log.error("Drills of {} are not made: {}", name, e.getMessage());
      begun.put(name, now.plus(QUIET));
    }
  }

  /** Another sample each time. */
  private static DrillOrder order(DrillSchedule schedule, Instant now) {
    return new DrillOrder(schedule.getShare(), now.toEpochMilli(), DrillOrder.SPACE_DEFAULT, null);
  }

  private DrillResult drill(
      TargetWorker worker, TargetRecord record, DrillOrder order, TargetTask<DrillResult> task)
      throws IOException {
    Path parent = order.parent() == null ? temporary : order.parent();
    requireDirectory(parent);
    scratch.clear(parent);
    requireSpace(parent, order.spaceMax());
    Path directory = scratch.create(parent);
    try (BackupTarget target = worker.open()) {
      BackupFiles files = TargetSets.files(target, on.clusterId(), record);
      BackupCatalog catalog = BackupCatalog.load(files);
      BackupSet set = newest(catalog);
      List<BackupSet> chain = catalog.chain(set);
      long all =
          (long) (chain.stream().mapToLong(e -> e.counts().objectBytes()).sum() * order.share());
      long started = on.nanos().getAsLong();
      TrialResult trial =
          new TrialRestore(
                  files,
                  chain,
                  new TrialTerms(order.share(), order.seed(), order.spaceMax()),
                  gate(record, target))
              .run(directory, (objects, bytes) -> task.progress(Math.min(bytes, all), all));
      return new DrillResult(
          set.id(), order, trial, Duration.ofNanos(on.nanos().getAsLong() - started));
    } finally {
      scratch.remove(directory);
    }
  }

  private static BackupSet newest(BackupCatalog catalog) throws IOException {
    if (!catalog.unreadable().isEmpty()
        && catalog
            .newest()
            .filter(set -> set.id().compareTo(catalog.unreadable().lastKey()) > 0)
            .isEmpty()) {
      throw new IOException("the newest backup: " + catalog.unreadable().lastEntry().getValue());
    }
    return catalog.newest().orElseThrow(() -> new IOException("there is no backup in the target"));
  }

  private static void requireDirectory(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      throw new IOException(parent + " is no directory of this node");
    }
  }

  private static void requireSpace(Path parent, long space) throws IOException {
    long free = Files.getFileStore(parent).getUsableSpace();
    if (free < space) {
      throw new IOException(
          "%s has %d bytes free, and a drill may need %d".formatted(parent, free, space));
    }
  }

  /** As fast as the target allows, and no longer than the node lives. */
  private TrialRestore.Gate gate(TargetRecord record, BackupTarget target) {
    long bytesPerSecond = record.getBytesPerSecondMax();
    if (bytesPerSecond == 0) {
      return bytes -> goOn(0);
    }
    Pace pace = new Pace(bytesPerSecond, on.nanos(), on.timers());
    return bytes -> {
      long left = pace.reserve(bytes);
      for (; left > ASK_EVERY.toNanos(); left -= ASK_EVERY.toNanos()) {
        goOn(ASK_EVERY.toNanos());
        target.folders(BackupFiles.ROOT); // who asks nothing for long would be taken to hang
      }
      goOn(left);
    };
  }

  private void goOn(long waitNanos) throws IOException {
    try {
      if (closing.await(waitNanos, TimeUnit.NANOSECONDS)) {
        throw new InterruptedIOException("the node is stopping");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the drill was interrupted");
    }
  }

  private static LastDrill failed(TargetRecord target, DrillOrder order, Throwable failure) {
    return LastDrill.newBuilder()
        .setSetId(target.getLast().getSetId())
        .setShare(order.share())
        .setProblem("nothing could be restored: " + failure.getMessage())
        .build();
  }

  private Uni<Void> note(TargetRecord target, LastDrill drill) {
    if (closing.getCount() == 0) {
      return Uni.createFrom().voidItem(); // it did not fail: its node ends
    }
    return records
        .note(
            NoteTarget.newBuilder()
                .setTarget(target.getName())
                .setUrl(target.getUrl())
                .setDrilled(drill)
                .build())
        .onFailure()
        .recoverWithNull(); // what was found is found
  }

  /** What is under way ends soon. */
  @Override
  public void close() {
    closing.countDown();
    ScheduledFuture<?> ticking = looks;
    if (ticking != null) {
      ticking.cancel(false);
    }
    tasks.close();
  }
}
