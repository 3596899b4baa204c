package io.sluice.app.recovery;

import io.sluice.gateway.call.WriteRule;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Demotion;
import io.sluice.recovery.standby.WriteRight;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.proto.RoleRecord;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows on each node what the cluster is to others, by asking shard 0 now and then: a gateway of a
 * standby says so before a client has sent a body. It may be late: no write gets in by that, for
 * the shards refuse it themselves. Any thread.
 */
final class RoleWatch implements WriteRule, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RoleWatch.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  private static final String LAPSED =
      "This node has no right to acknowledge writes just now, for another cluster may be the"
          + " primary: try again, here or there.";

  private final ClusterRole roles;
  private final ScheduledExecutorService timers;
  private final WriteRight right;
  private final Consumer<RoleRecord> listener;
  private final AtomicBoolean asking = new AtomicBoolean();
  private @Nullable ScheduledFuture<?> ticking;
  private volatile @Nullable S3Exception refusal;
  private volatile RoleRecord role = RoleRecord.getDefaultInstance();

  /**
   * @param right of this node to acknowledge
   * @param listener hears the role, about once a second
   */
  RoleWatch(
      ClusterRole roles,
      ScheduledExecutorService timers,
      WriteRight right,
      Consumer<RoleRecord> listener) {
    this.roles = roles;
    this.timers = timers;
    this.right = right;
    this.listener = listener;
  }

  void start() {
    ticking = timers.scheduleWithFixedDelay(this::ask, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void ask() {
    if (asking.compareAndSet(false, true)) {
      roles
          .get()
          .onTermination()
          .invoke(() -> asking.set(false))
          .subscribe()
          .with(this::heard, failure -> log.debug("The role is not known", failure));
    }
  }

  /** Takes a role that is known here already. */
  void heard(RoleRecord now) {
    role = now;
    refusal =
        now.getRole() == RoleRecord.Role.ORDINARY
            ? null
            : new S3Exception(S3ErrorCode.ACCESS_DENIED, now.getNotice());
    listener.accept(now);
  }

  /** As it was when it was last asked for. */
  RoleRecord role() {
    return role;
  }

  @Override
  public @Nullable S3Exception refusal() {
    S3Exception closed = refusal;
    return closed != null ? closed : right.holds() ? null : withoutRight();
  }

  @Override
  public @Nullable S3Exception notPrimary() {
    return Demotion.isUnderWay(role) ? null : refusal();
  }

  @Override
  public @Nullable S3Exception lapsed() {
    return refusal == null && right.holds() ? null : withoutRight();
  }

  private static S3Exception withoutRight() {
    return new S3Exception(S3ErrorCode.SLOW_DOWN, LAPSED);
  }

  @Override
  public void close() {
    ScheduledFuture<?> ending = ticking;
    if (ending != null) {
      ending.cancel(false);
    }
  }
}
