package io.sluice.recovery.job;

import io.sluice.storage.proto.BackupJob;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Tells which jobs nobody works on any more: those whose lease was not renewed for as long as it
 * lasts, by the monotonic clock of who watches. Wall clocks have no say, so one that was wrong
 * holds up nothing; each renewal shows as another end of the lease, whatever that end means. A node
 * that begins to lead waits for a whole lease.
 *
 * <p>A run that is taken for dead too early costs work and does no harm: its run id fences it. Any
 * thread.
 */
final class LeaseWatch {
  /** Of a job whose run did not say: it is not taken at once. */
  private static final Duration UNTOLD = Duration.ofSeconds(30);

  private final Map<String, Seen> seen = new ConcurrentHashMap<>();
  private final LongSupplier nanos;

  /** What a job's lease was when it was seen first. */
  private record Seen(String runId, long leaseUntilMs, long atNanos) {
    boolean isOf(BackupJob job) {
      return runId.equals(job.getRunId()) && leaseUntilMs == job.getLeaseUntilMs();
    }
  }

  /**
   * @param nanos a monotonic clock, as {@link System#nanoTime}
   */
  LeaseWatch(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Whether the job of a target, as it is now, may be taken. */
  boolean isFree(String target, BackupJob job) {
    if (job.getOwner().isEmpty()) {
      return true;
    }
    long now = nanos.getAsLong();
    Seen since =
        seen.compute(
            target,
            (name, before) ->
                before != null && before.isOf(job)
                    ? before
                    : new Seen(job.getRunId(), job.getLeaseUntilMs(), now));
    return now - since.atNanos() >= lease(job).toNanos();
  }

  private static Duration lease(BackupJob job) {
    return job.getLeaseMs() == 0 ? UNTOLD : Duration.ofMillis(job.getLeaseMs());
  }

  /** Forgets all targets but these. */
  void retain(Collection<String> targets) {
    seen.keySet().retainAll(targets);
  }
}
