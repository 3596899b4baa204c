package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where there is no lease: the leader looks at each backup target, now and then, whether another
 * cluster that followed this one has taken over. It finds out late, and has this one fenced then.
 * And it ends what a fencing or a demotion left undone. Any thread.
 */
public final class TakeoverWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TakeoverWatch.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(15);

  private final BackupGround on;
  private final ClusterRole roles;
  private final TargetRecords targets;
  private final Fencing fencing;
  private final Demotion demotion;
  private final AtomicBoolean looking = new AtomicBoolean();
  private @Nullable ScheduledFuture<?> looks;

  public TakeoverWatch(BackupGround on, Fencing fencing, Demotion demotion) {
    this.on = on;
    this.roles = new ClusterRole(on.metadata());
    this.targets = new TargetRecords(on.metadata());
    this.fencing = fencing;
    this.demotion = demotion;
  }

  /** Begins to look, while this node leads. */
  public void start() {
    looks =
        on.timers()
            .scheduleWithFixedDelay(
                this::tick, LOOK_EVERY.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tick() {
    if (on.leads().getAsBoolean() && looking.compareAndSet(false, true)) {
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
                  case ORDINARY -> role.hasLease() ? nothing() : lookAtAll(role.getEpoch());
                  case FENCED ->
                      Fencing.isNobodys(role)
                          ? lookAtAll(role.getEpoch()).chain(this::goOn)
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

  private Uni<Void> lookAtAll(long known) {
    return targets
        .list()
        .onItem()
        .transformToMulti(all -> Multi.createFrom().iterable(all))
        .onItem()
        .transformToUniAndConcatenate(target -> lookAt(target, known))
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> lookAt(TargetRecord target, long known) {
    return new StandbyTarget(on, target)
        .epoch()
        .onFailure(IOException.class)
        .recoverWithItem(Optional.empty())
        .flatMap(
            latest ->
                latest
                    .filter(epoch -> epoch.number() > known && tookOver(epoch))
                    .map(epoch -> fencing.fence(epoch).replaceWithVoid())
                    .orElseGet(TakeoverWatch::nothing));
  }

  /** Others may meet at the same target that have nothing to do with this cluster. */
  private boolean tookOver(Epoch epoch) {
    return !epoch.cluster().equals(on.clusterId())
        && epoch.applied().filter(applied -> applied.cluster().equals(on.clusterId())).isPresent();
  }

  @Override
  public void close() {
    ScheduledFuture<?> ticking = looks;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }
}
