package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
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
import java.util.UUID;
import java.util.function.Function;
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

  /** One for each name of the place. None: it has no place yet, and removes nothing. */
  private volatile List<PruneLease> leases = List.of();

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
    return (dryRun
            ? plan(ATTEMPTS_MAX).flatMap(this::lookAhead)
            : tasks.step(worker, this::names).flatMap(this::prune))
        .onTermination()
        .call(() -> worker.end(this::close).onFailure().recoverWithNull())
        .onTermination()
        .call(this::giveBack);
  }

  /**
   * What the place is known by, in the order in which each prune takes it: how it is spelled, and
   * what it says itself. Both, because one that comes by the same path may not get it to say the
   * latter. None when nothing of this cluster's is there.
   */
  private List<String> names() throws IOException {
    Opened there = open();
    if (!BackupFiles.clusters(there.target()).contains(on.clusterId())) {
      return List.of();
    }
    String spelled = BackupTargets.place(record.getUrl());
    try {
      return List.of(spelled, "id:" + PlaceId.of(there.files()));
    } catch (PlaceId.UnmarkedPlaceException | DamagedFileException e) {
      log.warn(
          "{} is known by its URL alone, so a prune that reaches it by another path is not seen: {}",
          record.getName(),
          e.getMessage());
      return List.of(spelled);
    }
  }

  private Uni<PruneResult> prune(List<String> names) {
    return names.isEmpty()
        ? tasks.step(worker, this::nothing)
        : take(names).chain(() -> plan(ATTEMPTS_MAX)).flatMap(this::remove);
  }

  /** Sets that come meanwhile are not this prune's: it has no place that others leave alone. */
  private PruneResult nothing() throws IOException {
    clearAbandoned();
    RetentionRules rules = RetentionRules.parse(record.getRetentionList());
    RetentionPlan none = RetentionPlan.of(List.of(), rules, on.clock().instant(), Map.of());
    return new PruneResult(false, none, prune().report());
  }

  private Uni<Void> take(List<String> names) {
    task.phase("waiting for the place: another prune may be under way there");
    String run = UUID.randomUUID().toString();
    leases = names.stream().map(name -> new PruneLease(on, records, name, run)).toList();
    return each(PruneLease::take).invoke(() -> task.phase(""));
  }

  /** One after the other. */
  private Uni<Void> each(Function<PruneLease, Uni<Void>> does) {
    return Multi.createFrom()
        .iterable(leases)
        .onItem()
        .transformToUniAndConcatenate(does::apply)
        .onItem()
        .ignoreAsUni();
  }

  private void requireHeld() throws IOException {
    List<PruneLease> held = leases;
    if (held.isEmpty()) {
      throw new IOException("the prune has no place");
    }
    for (PruneLease lease : held) {
      lease.requireHeld();
    }
  }

  private Uni<Void> giveBack() {
    return each(PruneLease::end);
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
        there = new Opened(target, files, new Prune(files, this::requireHeld));
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
        .deferred(() -> each(PruneLease::confirm))
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
