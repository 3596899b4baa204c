package io.sluice.recovery.standby;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, on each node of a primary that has a lease, whether another cluster has taken over: five
 * times in a lease, so that a look may fail now and then. What it sees is this node's right to
 * acknowledge ({@link WriteRight}), or its end.
 *
 * <p>A look that does not see the cluster's own epoch is none: a directory that is not mounted is
 * empty, and has no greater epoch either.
 *
 * <p>Any thread; it looks on one of its own, and one look at a time.
 */
public final class EpochWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EpochWatch.class);
  private static final int LOOKS_A_LEASE = 5;

  private final UUID cluster;
  private final BackupGround.Targets targets;
  private final WriteRight right;
  private final LongSupplier nanos;
  private final Consumer<Epoch> overtaken;
  private final ExecutorService worker =
      new ThreadPoolExecutor(
          0,
          1,
          30,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(1),
          task -> {
            Thread thread = new Thread(task, "sluice-epochs");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile long lastBegan;
  private volatile boolean begun;
  private volatile @Nullable String problem;

  /** Worked on by the worker alone. */
  private @Nullable Place place;

  private record Place(TargetRecord record, BackupTarget target, Epochs epochs) {}

  /**
   * @param cluster this one
   * @param nanos the clock of the right
   * @param overtaken is told a greater epoch of another cluster, each time that one is seen
   */
  public EpochWatch(
      UUID cluster,
      BackupGround.Targets targets,
      WriteRight right,
      LongSupplier nanos,
      Consumer<Epoch> overtaken) {
    this.cluster = cluster;
    this.targets = targets;
    this.right = right;
    this.nanos = nanos;
    this.overtaken = overtaken;
  }

  /**
   * Hears what the cluster is, and looks when it is time to. To be called once a second or so;
   * returns at once.
   */
  public void heard(RoleRecord role) {
    right.heard(role);
    boolean leased = role.getRole() == RoleRecord.Role.ORDINARY && role.hasLease();
    if (!leased || !isTime(role.getLease()) || !looking.compareAndSet(false, true)) {
      return;
    }
    try {
      worker.execute(
          () -> {
            try {
              look(role.getLease());
            } finally {
              looking.set(false);
            }
          });
    } catch (RejectedExecutionException closing) {
      looking.set(false);
    }
  }

  private boolean isTime(LeaseTerms lease) {
    long every = TimeUnit.MILLISECONDS.toNanos(lease.getLeaseMs()) / LOOKS_A_LEASE;
    return !begun || !right.holds() || nanos.getAsLong() - lastBegan >= every;
  }

  /** Looks once. Blocks. */
  void look(LeaseTerms lease) {
    WriteRight.Moment began = right.now();
    lastBegan = began.nanos();
    begun = true;
    try {
      decide(epochs(lease.getTarget()).latest(), lease, began);
    } catch (IOException | RuntimeException e) {
      tell("the target of the lease can't be read: " + e.getMessage());
      leave();
    }
  }

  private void decide(Optional<Epoch> latest, LeaseTerms lease, WriteRight.Moment began) {
    Epoch epoch = latest.orElse(null);
    if (epoch == null || epoch.number() < lease.getEpoch()) {
      tell(
          "the target of the lease does not show epoch %d, which this cluster has: is it the right"
                  .formatted(lease.getEpoch())
              + " place, and mounted?");
    } else if (epoch.cluster().equals(cluster)) {
      right.looked(lease.getEpoch(), began, Duration.ofMillis(lease.getLeaseMs()));
      problem = null;
    } else {
      right.end();
      tell("cluster %s has epoch %d".formatted(epoch.cluster(), epoch.number()));
      overtaken.accept(epoch);
    }
  }

  private Epochs epochs(TargetRecord record) throws IOException {
    Place there = place;
    if (there == null || !there.record().equals(record)) {
      leave();
      BackupTarget target = targets.open(record);
      there = new Place(record, target, new Epochs(target));
      place = there;
    }
    return there.epochs();
  }

  private void leave() {
    Place there = place;
    place = null;
    if (there != null) {
      try {
        there.target().close();
      } catch (IOException e) {
        log.debug("{} did not close", there.target(), e);
      }
    }
  }

  private void tell(String what) {
    if (!what.equals(problem)) {
      log.warn("Writes are acknowledged for {} more: {}", right.remaining(), what);
    }
    problem = what;
  }

  /** Why the last look was none, for people. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public void close() {
    try {
      worker.execute(this::leave);
    } catch (RejectedExecutionException busy) {
      log.debug("A target of the lease stays open until the process ends");
    }
    worker.shutdown();
  }
}
