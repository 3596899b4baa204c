package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.storage.proto.RoleRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows another cluster on the node that leads shard 0. Whoever leads anew takes a revision of
 * the role of its own, and from then on nothing of the follower before is applied. Any thread.
 */
public final class StandbyRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StandbyRunner.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  private final BackupGround on;
  private final ClusterRole roles;
  private final String rootId;
  private final PrimaryProbe probe;
  private final LongSupplier nanoTime;

  /** Whose turn it is; one that hangs loses it when the role changes. */
  private final AtomicReference<@Nullable Object> turn = new AtomicReference<>();

  private final AtomicBoolean asking = new AtomicBoolean();
  private @Nullable ScheduledFuture<?> looks;
  private volatile @Nullable Following mine;
  private volatile long settled;
  private volatile boolean closed;

  /**
   * @param rootId the id of this cluster's root account
   * @param nanoTime a monotonic clock
   */
  public StandbyRunner(BackupGround on, String rootId, PrimaryProbe probe, LongSupplier nanoTime) {
    this.on = on;
    this.roles = new ClusterRole(on.metadata());
    this.rootId = rootId;
    this.probe = probe;
    this.nanoTime = nanoTime;
  }

  /** Begins to look what there is to do, while this node leads. */
  public void start() {
    looks =
        on.timers()
            .scheduleWithFixedDelay(this::look, 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (!on.leads().getAsBoolean()) {
      drop();
      turn.set(null);
      return;
    }
    Object mineNow = new Object();
    if (closed) {
      return;
    }
    if (!turn.compareAndSet(null, mineNow)) {
      lookBeside();
      return;
    }
    roles
        .get()
        .flatMap(this::act)
        .onTermination()
        .invoke(() -> turn.compareAndSet(mineNow, null))
        .subscribe()
        .with(done -> {}, failure -> log.debug("A standby's look ended", failure));
  }

  /**
   * A step takes long, or hangs with the target: the role may be another one by now. What is left
   * to itself then writes nothing any more, for it has an older revision.
   */
  private void lookBeside() {
    Following following = mine;
    Object now = turn.get();
    if (following == null
        || now == null
        || !following.isStepping()
        || !asking.compareAndSet(false, true)) {
      return;
    }
    roles
        .get()
        .onTermination()
        .invoke(() -> asking.set(false))
        .subscribe()
        .with(
            role -> {
              if (role.getRevision() != following.revision() && following.isStepping()) {
                following.stop();
                turn.compareAndSet(now, null);
              }
            },
            failure -> log.debug("The role is not known", failure));
  }

  private Uni<Void> act(RoleRecord role) {
    if (role.getRole() != RoleRecord.Role.STANDBY) {
      drop();
      return settle(role);
    }
    Following following = mine;
    if (following == null || following.revision() != role.getRevision()) {
      drop();
      return roles.put(role, role.getRevision()).invoke(this::take).replaceWithVoid();
    }
    return following.goOn(role);
  }

  /** A change of the role may have ended half-way. */
  private Uni<Void> settle(RoleRecord role) {
    return role.getRevision() == settled
        ? Uni.createFrom().voidItem()
        : roles.settle(role).invoke(() -> settled = role.getRevision());
  }

  private void take(RoleRecord role) {
    mine = new Following(on, roles, role, rootId, probe, nanoTime);
    if (closed) {
      drop();
    }
  }

  private void drop() {
    Following following = mine;
    if (following != null) {
      following.stop();
      mine = null;
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
    drop();
  }
}
