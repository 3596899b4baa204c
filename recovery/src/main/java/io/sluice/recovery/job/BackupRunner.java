package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.schedule.ContinuousBackup;
import io.sluice.recovery.schedule.DueBackup;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.GetRole;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the backups that are asked for, and those that are due, on the node that leads shard 0.
 *
 * <p>To ask for one is to write a job without an owner into shard 0: whoever leads takes it, and
 * takes it over from a node that died when that one's lease is over ({@link LeaseWatch}). So
 * nothing is asked of a node, and nothing is lost with one.
 *
 * <p>Any thread.
 */
public final class BackupRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BackupRunner.class);

  /** Sets that are being made at the same time by one node, each with a thread of its own. */
  private static final int RUNS_MAX = 2;

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration ROLE_LIMIT = Duration.ofSeconds(10);

  /** Looks for jobs, of which one also looks at schedules. */
  private static final int LOOKS_A_SCHEDULE = 4;

  /** Schedules that the log names; each once. */
  private static final int UNREADABLE_MAX = 100;

  /** Says nothing: the leader takes a job without an owner at once. */
  private static final long ASKED_LEASE_MS = 10_000;

  private final BackupGround on;
  private final TargetRecords records;
  private final KnownTargets known;
  private final ChangeWatch changes;
  private final LeaseWatch leases;
  private final Map<String, BackupRun> runs = new ConcurrentHashMap<>();
  private final AtomicBoolean looking = new AtomicBoolean();
  private final LongAdder written = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicInteger looksSoFar = new AtomicInteger();
  private final Set<String> unreadable = ConcurrentHashMap.newKeySet();
  private @Nullable ScheduledFuture<?> looks;
  private volatile boolean closed;

  public BackupRunner(BackupGround on) {
    this.on = on;
    this.records = new TargetRecords(on.metadata());
    this.known = new KnownTargets(on);
    this.changes = new ChangeWatch(on.metadata());
    this.leases = new LeaseWatch(on.nanos());
  }

  /** Begins to look for jobs, while this node leads. */
  public void start() {
    looks =
        on.timers()
            .scheduleWithFixedDelay(this::look, 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Asks for a set. Returns when that is written down.
   *
   * @return the target, with the job; refused with NO_SUCH_TARGET, with CONFLICT while another is
   *     being made, and with BACKUP_LOST when there is none to build on
   */
  public Uni<TargetRecord> ask(String target, BackupKind kind) {
    return records
        .find(target)
        .flatMap(
            found ->
                records.begin(
                    BeginBackup.newBuilder()
                        .setTarget(target)
                        .setRunId(UUID.randomUUID().toString())
                        .setKind(kind)
                        .setSetId(newSet(found).text())
                        .setLeaseMs(ASKED_LEASE_MS)
                        .build()))
        .invoke(begun -> look());
  }

  /** Ids sort by time, whatever the clock says. */
  private SetId newSet(TargetRecord target) {
    return SetId.create(
        on.clock().instant(), SetId.parse(target.getLast().getSetId()).orElse(null));
  }

  /** How far a job is, as it was recorded last. */
  public static BackupProgress progress(BackupJob job) {
    return RunLease.progressOf(job);
  }

  private void look() {
    if (closed || !on.leads().getAsBoolean()) {
      known.dropAll();
      return;
    }
    if (!looking.compareAndSet(false, true)) {
      return;
    }
    records
        .list()
        .invoke(this::begin)
        .flatMap(this::awake)
        .invoke(this::askIfDue)
        .call(this::askIfChanged)
        .onTermination()
        .invoke(() -> looking.set(false))
        .subscribe()
        .with(done -> {}, failure -> log.debug("Backup targets can't be listed", failure));
  }

  private void begin(List<TargetRecord> targets) {
    leases.retain(targets.stream().map(TargetRecord::getName).toList());
    for (TargetRecord target : targets) {
      if (target.hasJob()
          && leases.isFree(target.getName(), target.getJob())
          && runs.size() < RUNS_MAX
          && !runs.containsKey(target.getName())
          && !on.hung().contains(target.getUrl())) { // its job waits, or another node takes it
        takeOver(target);
      }
    }
  }

  /** With the schedules that count in the role that the cluster has. */
  private Uni<List<TargetRecord>> awake(List<TargetRecord> targets) {
    if (targets.stream().allMatch(target -> target.getSchedulesCount() == 0)) {
      return Uni.createFrom().item(targets);
    }
    Query query = Query.newBuilder().setGetRole(GetRole.getDefaultInstance()).build();
    return on.metadata()
        .query(MetadataStore.ROOT_SHARD, query, ROLE_LIMIT)
        .map(
            answer ->
                targets.stream()
                    .map(target -> RestingSchedules.awake(target, answer.getRole()))
                    .toList());
  }

  private void askIfDue(List<TargetRecord> targets) {
    if (looksSoFar.getAndIncrement() % LOOKS_A_SCHEDULE == 0) {
      Instant now = on.clock().instant();
      targets.forEach(target -> askIfDue(target, now));
    }
  }

  /** What is asked for is written down: whoever leads when it is begun makes it. */
  private void askIfDue(TargetRecord target, Instant now) {
    due(target, now)
        .ifPresent(
            kind ->
                ask(target.getName(), kind)
                    .subscribe()
                    .with(
                        begun ->
                            log.info(
                                "Backup {} to {} is due",
                                begun.getJob().getSetId(),
                                target.getName()),
                        failure ->
                            log.debug(
                                "A backup to {} is due, and did not begin",
                                target.getName(),
                                failure)));
  }

  /** Of continuous schedules, one target after the other. */
  private Uni<Void> askIfChanged(List<TargetRecord> targets) {
    Instant now = on.clock().instant();
    return Multi.createFrom()
        .iterable(targets)
        .onItem()
        .transformToUniAndConcatenate(
            target ->
                ContinuousBackup.of(target, now)
                    .map(kind -> askIfChanged(target, kind))
                    .orElseGet(() -> Uni.createFrom().voidItem()))
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> askIfChanged(TargetRecord target, BackupKind kind) {
    return changes
        .since(target.getLast())
        .flatMap(
            changed ->
                changed
                    ? ask(target.getName(), kind).invoke(this::takeSoon).replaceWithVoid()
                    : Uni.createFrom().voidItem())
        .onFailure()
        .recoverWithUni(
            failure -> {
              log.debug("No continuous backup to {} just now", target.getName(), failure);
              return Uni.createFrom().voidItem();
            });
  }

  /** Not by the next look: that is half a second more for the recovery point. */
  private void takeSoon(TargetRecord begun) {
    if (begun.getJob().getOwner().isEmpty() && runs.size() < RUNS_MAX) {
      takeOver(begun);
    }
  }

  private Optional<BackupKind> due(TargetRecord target, Instant now) {
    try {
      return DueBackup.of(target, now);
    } catch (IllegalArgumentException e) {
      if (unreadable.size() < UNREADABLE_MAX && unreadable.add(target.getName() + e.getMessage())) {
        log.error(
            "Schedules of {} are not kept: this node can't read one: {}",
            target.getName(),
            e.getMessage());
      }
      return Optional.empty();
    }
  }

  private void takeOver(TargetRecord target) {
    BackupRun run = new BackupRun(on, records, known, target, UUID.randomUUID().toString());
    if (closed || runs.putIfAbsent(target.getName(), run) != null) {
      return;
    }
    run.make(target.getJob())
        .onTermination()
        .invoke(
            () -> {
              written.add(run.bytesWritten());
              runs.remove(target.getName(), run);
            })
        .subscribe()
        .with(done -> told(target, done), failure -> told(target, failure));
  }

  /** To all targets, by the runs of this node that ended. */
  public long bytesWritten() {
    return written.sum();
  }

  /** Runs of this node that ended without a complete set. */
  public long failures() {
    return failures.sum();
  }

  private static void told(TargetRecord target, BackupSet done) {
    if (KnownTargets.isContinuous(target)) {
      log.debug("Backup {} to {} is complete", done.id(), target.getName()); // each few seconds
    } else {
      log.info("Backup {} to {} is complete", done.id(), target.getName());
    }
  }

  private void told(TargetRecord target, Throwable failure) {
    if (Refusals.is(failure, RefusalCode.BACKUP_TAKEN_OVER)) {
      log.info("The backup to {} is made by another node now", target.getName());
    } else {
      failures.increment();
      log.warn(
          "The backup to {} stopped: {}", target.getName(), String.valueOf(failure.getMessage()));
    }
  }

  /** Has what runs stop soon, and returns at once; whoever leads next goes on with it. */
  @Override
  public void close() {
    closed = true;
    ScheduledFuture<?> ticking = looks;
    if (ticking != null) {
      ticking.cancel(false);
    }
    runs.values().forEach(BackupRun::stop);
    known.close();
  }
}
