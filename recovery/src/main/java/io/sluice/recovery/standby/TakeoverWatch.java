package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.PrimaryLife;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader looks, now and then, whether another cluster has taken over: at each backup target,
 * for one that followed this one, and where this one has an epoch, for any. It finds out late, and
 * has this one fenced then; of the place of a lease {@link EpochWatch} knows sooner. And it ends
 * what a fencing or a demotion left undone.
 *
 * <p>A target that does not answer in time holds no other up, and is asked nothing more until it
 * has. Any thread.
 */
public final class TakeoverWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TakeoverWatch.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(15);

  /** How soon it is seen that this node leads. */
  private static final Duration TICK = Duration.ofMillis(500);

  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private final BackupGround on;
  private final ClusterRole roles;
  private final TargetRecords targets;
  private final Fencing fencing;
  private final Demotion demotion;
  private final AtomicBoolean looking = new AtomicBoolean();

  /** URLs of targets that have not answered yet. */
  private final Set<String> asked = ConcurrentHashMap.newKeySet();

  /** By URL: of as many places as there are. */
  private final Map<String, Epochs.Known> known = new ConcurrentHashMap<>();

  private final Duration answerMax;
  private @Nullable ScheduledFuture<?> looks;

  /** Of the ticks, one after the other. */
  private boolean led;

  private long lookedNanos;

  public TakeoverWatch(BackupGround on, Fencing fencing, Demotion demotion) {
    this(on, fencing, demotion, ANSWER_MAX);
  }

  /**
   * @param answerMax how long a target may take until it is gone on without it
   */
  public TakeoverWatch(BackupGround on, Fencing fencing, Demotion demotion, Duration answerMax) {
    this.answerMax = answerMax;
    this.on = on;
    this.roles = new ClusterRole(on.metadata());
    this.targets = new TargetRecords(on.metadata());
    this.fencing = fencing;
    this.demotion = demotion;
  }

  /** Begins to look: as soon as this node leads, and from then on while it does. */
  public void start() {
    looks =
        on.timers().scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tick() {
    boolean leads = on.leads().getAsBoolean();
    boolean begins = leads && !led;
    led = leads;
    long now = on.nanos().getAsLong();
    if (leads
        && (begins || now - lookedNanos >= LOOK_EVERY.toNanos())
        && looking.compareAndSet(false, true)) {
      lookedNanos = now;
      lookNow()
          .onTermination()
          .invoke(() -> looking.set(false))
          .subscribe()
          .with(
              done -> {},
              failure -> log.debug("Whether this is the primary is not known", failure));
    }
  }

  /** Looks once, whoever leads. */
  public Uni<Void> lookNow() {
    return roles
        .get()
        .flatMap(
            role ->
                switch (role.getRole()) {
                  case ORDINARY -> lookAtAll(role);
                  case FENCED ->
                      Fencing.isNobodys(role)
                          ? lookAtAll(role).chain(this::goOn)
                          : fencing.keep(role).replaceWithVoid();
                  case STANDBY, UNRECOGNIZED -> nothing();
                });
  }

  private Uni<Void> goOn() {
    return roles.get().flatMap(demotion::goOn).replaceWithVoid();
  }

  private static Uni<Void> nothing() {
    return Uni.createFrom().voidItem();
  }

  private Uni<Void> lookAtAll(RoleRecord role) {
    return targets
        .list()
        .onItem()
        .transformToMulti(all -> Multi.createFrom().iterable(places(role, all)))
        .onItem()
        .transformToUniAndConcatenate(target -> lookAt(target, role))
        .onItem()
        .ignoreAsUni();
  }

  /** The place of the epochs may be no backup target of this cluster, as after a promotion. */
  private List<TargetRecord> places(RoleRecord role, List<TargetRecord> targets) {
    List<TargetRecord> places = new ArrayList<>(targets);
    if (role.hasEpochPlace() && targets.stream().noneMatch(target -> isMeeting(role, target))) {
      places.add(role.getEpochPlace());
    }
    known.keySet().retainAll(places.stream().map(TargetRecord::getUrl).toList());
    return places;
  }

  private static boolean isMeeting(RoleRecord role, TargetRecord target) {
    return role.hasEpochPlace() && role.getEpochPlace().getUrl().equals(target.getUrl());
  }

  private Uni<Void> lookAt(TargetRecord target, RoleRecord role) {
    return successor(target, role)
        .flatMap(
            successor ->
                successor
                    .filter(by -> tookOver(by, target, role))
                    .map(by -> fencing.fence(by, ClusterRole.place(target)).replaceWithVoid())
                    .orElseGet(TakeoverWatch::nothing));
  }

  private Uni<Optional<Successor>> successor(TargetRecord target, RoleRecord role) {
    if (!asked.add(target.getUrl())) {
      return Uni.createFrom().item(Optional.empty());
    }
    CompletableFuture<Optional<Successor>> answer =
        new StandbyTarget(
                on, target, known.computeIfAbsent(target.getUrl(), place -> new Epochs.Known()))
            .successor(ClusterRole.epochAt(role, target))
            .subscribeAsCompletionStage();
    var unused = answer.whenComplete((successor, failure) -> asked.remove(target.getUrl()));
    return Uni.createFrom()
        .completionStage(answer.copy())
        .ifNoItem()
        .after(answerMax)
        .failWith(() -> new IOException(target.getUrl() + " does not answer"))
        .onFailure() // of whatever kind: other targets are to be looked at
        .invoke(failure -> lookAnew(target, failure))
        .onFailure()
        .recoverWithItem(Optional.empty());
  }

  /** It may be another place by now, with fewer epochs. */
  private void lookAnew(TargetRecord target, Throwable failure) {
    known.remove(target.getUrl());
    log.debug("{} was not looked at", target.getUrl(), failure);
  }

  /**
   * Others may meet at the same target that have nothing to do with this cluster, unless it is one
   * of those who meet there, or somebody took over from it: also when the greatest epoch is a later
   * one, by which the lease was set, or of who took over next. What is known of another place says
   * nothing about this one.
   */
  private static boolean tookOver(Successor by, TargetRecord target, RoleRecord role) {
    return isMeeting(role, target)
        || by.applied().filter(applied -> !isOfAnEarlierLife(applied, role)).isPresent();
  }

  /** This one has taken over since then, at another place. */
  private static boolean isOfAnEarlierLife(AppliedSet applied, RoleRecord role) {
    PrimaryLife present = new PrimaryLife(role.getTakeover().getTakenOverAtList(), "");
    return !applied.positions().isEmpty() && !present.holds(applied.positions());
  }

  @Override
  public void close() {
    ScheduledFuture<?> ticking = looks;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }
}
