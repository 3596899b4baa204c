package io.sluice.recovery.standby;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.SpanText;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
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
 * <p>It goes on by what it heard last: whether shard 0 answers is no matter. A look that does not
 * come back holds no other up, but for {@link #LOOKS_MAX}; its answer counts from when it began.
 *
 * <p>A look that does not see the cluster's own epoch is none: a directory that is not mounted is
 * empty, and has no greater epoch either.
 *
 * <p>Any thread; it looks on its own.
 */
public final class EpochWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EpochWatch.class);
  private static final Duration TICK = Duration.ofMillis(500);
  private static final int LOOKS_A_LEASE = 5;

  /** At the same time: those before the last hang. */
  private static final int LOOKS_MAX = 3;

  /** Opens the places of leases. */
  @FunctionalInterface
  public interface Places {
    /**
     * Opens one. Blocks.
     *
     * @param patience how long it may take until an answer is none; it is asked once
     * @throws IOException when it can't be used; the message is for people
     */
    BackupTarget open(TargetRecord place, Duration patience) throws IOException;
  }

  private record Place(LeaseTerms lease, BackupTarget target, Epochs epochs) {}

  /** What looks for one lease found, also those that failed half-way. */
  private record Found(long lease, Epochs.Known known) {}

  private final UUID cluster;
  private final Places places;
  private final WriteRight right;
  private final LongSupplier nanos;
  private final Consumer<Successor> overtaken;
  private final ExecutorService workers =
      new ThreadPoolExecutor(
          0,
          LOOKS_MAX,
          30,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "sluice-epochs");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicInteger underWay = new AtomicInteger();

  /** Open, and nobody looks there: at most as many as look at a time. */
  private final Queue<Place> idle = new ConcurrentLinkedQueue<>();

  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private long revision;

  /** Guarded by the lock. */
  private @Nullable LeaseTerms lease;

  /** Whose look began last, and when. Guarded by the lock. */
  private long lookedFor;

  /** Guarded by the lock. */
  private long lastBegan;

  /** Guarded by the lock. */
  private Found found = new Found(0, new Epochs.Known());

  /** When the last look that told something began. Guarded by the lock. */
  private long lastTold;

  private volatile @Nullable String problem;
  private volatile boolean closed;
  private @Nullable ScheduledFuture<?> ticking;

  /**
   * @param cluster this one
   * @param nanos the clock of the right
   * @param overtaken is told who has a greater epoch, each time that one is seen
   */
  public EpochWatch(
      UUID cluster,
      Places places,
      WriteRight right,
      LongSupplier nanos,
      Consumer<Successor> overtaken) {
    this.cluster = cluster;
    this.places = places;
    this.right = right;
    this.nanos = nanos;
    this.overtaken = overtaken;
  }

  /** Begins to look by itself. */
  public void start(ScheduledExecutorService timers) {
    ticking =
        timers.scheduleWithFixedDelay(
            this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Hears what the cluster is, and looks when it is time to; returns at once. */
  public void heard(RoleRecord role) {
    right.heard(role);
    lock.lock();
    try {
      if (role.getRevision() >= revision) {
        revision = role.getRevision();
        boolean leased = role.getRole() == RoleRecord.Role.ORDINARY && role.hasLease();
        lease = leased ? role.getLease() : null;
      }
    } finally {
      lock.unlock();
    }
    tick();
  }

  /** Looks if it is time to, as heard last; returns at once. */
  public void tick() {
    LeaseTerms due = due();
    if (due == null) {
      return;
    }
    if (underWay.incrementAndGet() > 1) {
      tell("the target of the lease does not answer");
    }
    try {
      workers.execute(
          () -> {
            try {
              look(due);
            } finally {
              underWay.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException full) {
      underWay.decrementAndGet();
    }
  }

  /** The lease that it is time to look for. */
  private @Nullable LeaseTerms due() {
    lock.lock();
    try {
      LeaseTerms now = lease;
      if (now == null || !isTime(now)) {
        return null;
      }
      lookedFor = now.getRevision();
      lastBegan = nanos.getAsLong();
      return now;
    } finally {
      lock.unlock();
    }
  }

  private boolean isTime(LeaseTerms now) {
    if (lookedFor != now.getRevision()) {
      return true;
    }
    long every = patience(now).toNanos();
    // Without the right there is a hurry, but not beside a look that may bring it.
    long pause = right.holds() || underWay.get() > 0 ? every : Math.min(every, TICK.toNanos());
    return nanos.getAsLong() - lastBegan >= pause;
  }

  private static Duration patience(LeaseTerms lease) {
    return Duration.ofMillis(lease.getLeaseMs()).dividedBy(LOOKS_A_LEASE);
  }

  /** Looks once. Blocks. */
  private void look(LeaseTerms at) {
    WriteRight.Moment began = right.now();
    Place place = null;
    try {
      place = place(at);
      Optional<Epoch> latest = place.epochs().latest();
      decide(place.epochs(), latest, at, began);
      keep(place);
    } catch (IOException | RuntimeException e) {
      tell(began, "the target of the lease can't be read: " + e.getMessage());
      leave(place);
    }
  }

  private void decide(Epochs epochs, Optional<Epoch> latest, LeaseTerms at, WriteRight.Moment began)
      throws IOException {
    Epoch epoch = latest.orElse(null);
    if (epoch == null || epoch.number() < at.getEpoch()) {
      tell(
          began,
          "the target of the lease does not show epoch %d, which this cluster has: is it the right"
                  .formatted(at.getEpoch())
              + " place, and mounted?");
    } else if (epoch.cluster().equals(cluster) && isShorter(epoch, at)) {
      tell(
          began,
          "epoch %d at the target has a lease of %d s, and this cluster one of %d s:"
                  .formatted(
                      epoch.number(),
                      epoch.lease().toSeconds(),
                      Duration.ofMillis(at.getLeaseMs()).toSeconds())
              + " a sluice standby lease ended half-way, run it again");
    } else if (epoch.cluster().equals(cluster)) {
      right.looked(at.getRevision(), began, Duration.ofMillis(at.getLeaseMs()));
      tell(began, null);
    } else if (isStill(at)) {
      right.end();
      tell(began, "cluster %s has epoch %d".formatted(epoch.cluster(), epoch.number()));
      overtaken.accept(epochs.successor(epoch, cluster, at.getEpoch()));
    }
  }

  /** Whoever takes over waits for what the greatest epoch says, and no right may last longer. */
  private static boolean isShorter(Epoch own, LeaseTerms at) {
    return own.lease().compareTo(Duration.ofMillis(at.getLeaseMs())) < 0;
  }

  private boolean isStill(LeaseTerms at) {
    lock.lock();
    try {
      return lease != null && lease.getRevision() == at.getRevision();
    } finally {
      lock.unlock();
    }
  }

  private Place place(LeaseTerms at) throws IOException {
    Place there = idle.poll();
    while (there != null && there.lease().getRevision() != at.getRevision()) {
      leave(there);
      there = idle.poll();
    }
    if (there != null) {
      return there;
    }
    BackupTarget target = places.open(at.getTarget(), patience(at));
    return new Place(at, target, new Epochs(target, known(at)));
  }

  private Epochs.Known known(LeaseTerms at) {
    lock.lock();
    try {
      if (found.lease() < at.getRevision()) {
        found = new Found(at.getRevision(), new Epochs.Known());
      }
      return found.lease() == at.getRevision() ? found.known() : new Epochs.Known();
    } finally {
      lock.unlock();
    }
  }

  private void keep(Place place) {
    idle.add(place);
    if (closed) {
      leaveAll();
    }
  }

  private void leaveAll() {
    for (Place place = idle.poll(); place != null; place = idle.poll()) {
      leave(place);
    }
  }

  private static void leave(@Nullable Place place) {
    if (place != null) {
      try {
        place.target().close();
      } catch (IOException e) {
        log.debug("{} did not close", place.target(), e);
      }
    }
  }

  /** What a look saw; one that began before another one that has told something is passed over. */
  private void tell(WriteRight.Moment began, @Nullable String what) {
    lock.lock();
    try {
      if (problem != null && began.nanos() - lastTold < 0) {
        return;
      }
      lastTold = began.nanos();
    } finally {
      lock.unlock();
    }
    if (what == null) {
      problem = null;
    } else {
      tell(what);
    }
  }

  private void tell(String what) {
    if (!what.equals(problem)) {
      log.warn("Writes are acknowledged for {} more: {}", SpanText.about(right.remaining()), what);
    }
    problem = what;
  }

  /** Why the last look was none, for people. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public void close() {
    closed = true;
    ScheduledFuture<?> ends = ticking;
    if (ends != null) {
      ends.cancel(false);
    }
    try {
      workers.execute(this::leaveAll);
    } catch (RejectedExecutionException busy) {
      log.debug("A target of the lease stays open until the process ends");
    }
    workers.shutdown();
  }
}
