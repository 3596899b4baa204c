package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.prune.Holds;
import io.sluice.recovery.backup.prune.PlaceId;
import io.sluice.recovery.backup.prune.Prune;
import io.sluice.recovery.backup.prune.PruneReport;
import io.sluice.recovery.backup.prune.RetentionPlan;
import io.sluice.recovery.backup.prune.RetentionRules;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One prune of a target, beside whatever backup is made there: it removes sets at once, and waits
 * with their packs until the backup that was running then has ended ({@link Prune} says why that is
 * enough). The next backup need not wait for it.
 *
 * <p>It has the place for itself ({@link PruneLease}), in the whole cluster.
 *
 * <p>Never goes what a next backup may build on: the last sets that the metadata knows of, the one
 * that is being made, and their chains.
 *
 * <p>For one use.
 */
final class PruneRun {
  private static final Logger log = LoggerFactory.getLogger(PruneRun.class);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final int ATTEMPTS_MAX = 10;

  /** No file is written for so long; a writer whose file goes all the same fails, loudly. */
  private static final Duration UNFINISHED_AFTER = Duration.ofDays(7);

  private final BackupGround on;
  private final TargetRecords records;
  private final TargetTasks<PruneResult> tasks;
  private final TargetTask<PruneResult> task;
  private final TargetRecord record;
  private final boolean dryRun;
  private final TargetWorker worker;

  /** Null: this prune has no place yet, and removes nothing. */
  private volatile @Nullable PruneLease lease;

  /** Worked on by one step after the other. */
  private volatile @Nullable Opened opened;

  private record Opened(BackupTarget target, BackupFiles files, Prune prune) {}

  PruneRun(
      BackupGround on,
      TargetRecords records,
      TargetTasks<PruneResult> tasks,
      TargetTask<PruneResult> task,
      TargetRecord record,
      boolean dryRun) {
    this.on = on;
    this.records = records;
    this.tasks = tasks;
    this.task = task;
    this.record = record;
    this.dryRun = dryRun;
    this.worker = tasks.worker(record);
  }

  Uni<PruneResult> run() {
    return (dryRun ? Uni.createFrom().voidItem() : take())
        .chain(() -> plan(ATTEMPTS_MAX))
        .flatMap(plan -> dryRun ? lookAhead(plan) : remove(plan))
        .onTermination()
        .call(() -> worker.end(this::close).onFailure().recoverWithNull())
        .onTermination()
        .call(this::giveBack);
  }

  private Uni<Void> take() {
    task.phase("waiting for the place: another prune may be under way there");
    return tasks
        .step(worker, this::place)
        .flatMap(
            place -> {
              PruneLease wanted = new PruneLease(on, records, place);
              lease = wanted;
              return wanted.take();
            })
        .invoke(() -> task.phase(""));
  }

  /** What the place is known by: what it says itself, or else how it is spelled. */
  private String place() throws IOException {
    Opened there = open();
    if (!BackupFiles.clusters(there.target()).contains(on.clusterId())) {
      return BackupTargets.place(record.getUrl()); // nothing is there to remove, or to mark
    }
    try {
      return "id:" + PlaceId.of(there.files());
    } catch (PlaceId.UnmarkedPlaceException e) {
      log.warn(
          "{} can't be marked, so a prune that reaches it by another path is not seen: {}",
          record.getName(),
          e.getMessage());
      return BackupTargets.place(record.getUrl());
    }
  }

  private PruneLease held() throws IOException {
    PruneLease there = lease;
    if (there == null) {
      throw new IOException("the prune has no place");
    }
    return there;
  }

  private Uni<Void> giveBack() {
    PruneLease there = lease;
    return there == null ? Uni.createFrom().voidItem() : there.end();
  }

  /**
   * Decides by a catalog that was read while the metadata did not change its mind about what is
   * built on: so a set that was completed meanwhile is not judged without its being the last.
   */
  private Uni<RetentionPlan> plan(int attempts) {
    return records
        .list()
        .map(PruneRun::builtOn)
        .flatMap(
            before ->
                tasks
                    .step(worker, () -> plan(before))
                    .flatMap(
                        plan ->
                            records
                                .list()
                                .flatMap(
                                    now -> {
                                      if (builtOn(now).equals(before)) {
                                        return Uni.createFrom().item(plan);
                                      }
                                      return attempts == 1 ? restless() : plan(attempts - 1);
                                    })));
  }

  private static Uni<RetentionPlan> restless() {
    return Uni.createFrom()
        .failure(new IOException("backups begin and end all the time just now; try again"));
  }

  /** Of all targets: two may be the same place under two names. */
  private static Map<SetId, String> builtOn(List<TargetRecord> targets) {
    Map<SetId, String> builtOn = new HashMap<>();
    for (TargetRecord target : targets) {
      String who = "the next backup to " + target.getName() + " may build on it";
      for (BackupPoint point : List.of(target.getLast(), target.getLastFull())) {
        SetId.parse(point.getSetId()).ifPresent(id -> builtOn.put(id, who));
      }
      SetId.parse(target.getJob().getSetId())
          .ifPresent(id -> builtOn.put(id, "it is being completed"));
    }
    return builtOn;
  }

  private RetentionPlan plan(Map<SetId, String> builtOn) throws IOException {
    Opened place = open();
    RetentionRules rules = RetentionRules.parse(record.getRetentionList());
    BackupCatalog catalog = Prune.catalog(place.files());
    Map<SetId, String> others = new HashMap<>(builtOn);
    Holds.list(place.files()).forEach(held -> others.put(held, "legal hold"));
    return RetentionPlan.of(catalog.sets(), rules, on.clock().instant(), others);
  }

  private Opened open() throws IOException {
    Opened there = opened;
    if (there == null) {
      BackupTarget target = worker.open();
      try {
        BackupFiles files = TargetSets.files(target, on.clusterId(), record);
        there = new Opened(target, files, new Prune(files, () -> held().requireHeld()));
      } catch (IOException | RuntimeException e) {
        target.close();
        throw e;
      }
      opened = there;
    }
    return there;
  }

  private Prune prune() {
    return Objects.requireNonNull(opened).prune();
  }

  private Uni<PruneResult> lookAhead(RetentionPlan plan) {
    return tasks.step(
        worker,
        () -> {
          prune().gatherBeside(plan.staying());
          Map<String, Long> files = prune().gathered();
          PruneReport would =
              new PruneReport(
                  plan.going().size(),
                  files.keySet().stream().filter(PackId::isFile).count(),
                  files.values().stream().mapToLong(Long::longValue).sum(),
                  0,
                  List.of());
          return new PruneResult(true, plan, would);
        });
  }

  private Uni<PruneResult> remove(RetentionPlan plan) {
    return forget()
        .chain(() -> step("removing sets", () -> prune().removeSets(plan.going())))
        // What a run read while they went is not to be relied on either.
        .chain(done -> forget())
        .chain(() -> step("looking for what no set needs", () -> prune().gather()))
        .chain(this::writersEnded)
        .chain(() -> step("removing packs", () -> prune().removeGathered()))
        .chain(() -> step("removing what was never finished", this::clearAbandoned))
        .map(done -> new PruneResult(false, plan, prune().report()));
  }

  /**
   * What runs know of the place from before is not to be relied on: packs go that they may know of
   * ({@link KnownTarget}). Of all targets: two may be the same place.
   */
  private Uni<Boolean> forget() {
    return records
        .list()
        .onItem()
        .transformToMulti(targets -> Multi.createFrom().iterable(targets))
        .onItem()
        .transformToUniAndConcatenate(this::forgetAt)
        .collect()
        .last()
        .replaceWith(true);
  }

  private Uni<Void> forgetAt(TargetRecord target) {
    return records
        .note(
            NoteTarget.newBuilder()
                .setTarget(target.getName())
                .setUrl(target.getUrl())
                .setPruned(true)
                .build())
        .onFailure(PruneRun::isGone)
        .recoverWithNull();
  }

  private static boolean isGone(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_TARGET;
  }

  /** An endpoint may have no right for it, or no such thing: what was pruned is pruned. */
  private void clearAbandoned() {
    BackupTarget target = Objects.requireNonNull(opened).target();
    try {
      target.clearAbandoned(on.clock().instant().minus(UNFINISHED_AFTER));
    } catch (IOException e) {
      log.warn("{}: what was never finished stays: {}", target, e.getMessage());
    }
  }

  /** Something that blocks. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private Uni<Boolean> step(String phase, Step step) {
    return Uni.createFrom()
        .deferred(() -> Objects.requireNonNull(lease).confirm())
        .chain(
            () ->
                tasks.step(
                    worker,
                    () -> {
                      tasks.goOn();
                      task.phase(phase);
                      step.run();
                      task.progress(prune().bytesRemoved(), 0);
                      return true;
                    }));
  }

  /**
   * Completes when whoever writes a set now has ended. Who begins later is none of them: backups
   * that follow each other without a gap don't hold it up.
   */
  private Uni<Boolean> writersEnded() {
    return records.list().map(this::writing).flatMap(this::ended);
  }

  private Set<String> writing(List<TargetRecord> targets) {
    Set<String> sets = new HashSet<>();
    for (TargetRecord target : targets) {
      // Of all targets: two may be the same place, under another name or another spelling.
      if (target.hasJob()) {
        sets.add(target.getJob().getSetId());
      }
    }
    return sets;
  }

  private Uni<Boolean> ended(Set<String> writing) {
    if (writing.isEmpty()) {
      return Uni.createFrom().item(true);
    }
    task.phase(
        "the sets are gone; their packs wait until backup "
            + String.join(", ", writing)
            + " has ended, which may need them");
    return Multi.createFrom()
        .ticks()
        .onExecutor(on.timers())
        .every(LOOK_EVERY)
        .onOverflow()
        .drop()
        .onItem()
        .transformToUniAndConcatenate(tick -> noneOf(writing))
        .filter(ended -> ended)
        .toUni();
  }

  private Uni<Boolean> noneOf(Set<String> writing) {
    tasks.goOn();
    return records
        .list()
        .map(now -> writing(now).stream().noneMatch(writing::contains))
        .onFailure()
        .recoverWithItem(false); // nobody answers just now: who writes may go on
  }

  private boolean close() throws IOException {
    Opened there = opened;
    if (there != null) {
      there.target().close();
    }
    return true;
  }
}
