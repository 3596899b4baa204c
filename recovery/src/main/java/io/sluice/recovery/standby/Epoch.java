package io.sluice.recovery.standby;

import io.sluice.storage.proto.ShardPosition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A claim to be the primary: of all at a target the greatest counts, and its cluster may
 * acknowledge writes. Nothing in it ever changes.
 *
 * @param number from 1; each is one more than the one before
 * @param cluster that has it
 * @param at when it was claimed, by the clock of whoever did; for people
 * @param lease how long, after it began to look for a greater epoch and found none, the primary may
 *     acknowledge; whole seconds, at most {@link #LEASE_MAX}. Zero: it need not look, and a
 *     promotion has nothing to wait for
 * @param appliedSet what the cluster had applied of the one that it follows; null of a cluster that
 *     followed none
 * @param forced whether the primary before was not known to be down
 * @param takenOverAt where this cluster's own logs were when it took over from another: what it
 *     backed up before that is of an earlier life. Empty of one that was the primary already
 */
public record Epoch(
    long number,
    UUID cluster,
    Instant at,
    Duration lease,
    @Nullable AppliedSet appliedSet,
    boolean forced,
    List<ShardPosition> takenOverAt) {
  /** Shorter ones would ask a target more often than once a second. */
  public static final Duration LEASE_MIN = Duration.ofSeconds(5);

  /** A promotion waits for it. */
  public static final Duration LEASE_MAX = Duration.ofMinutes(10);

  private static final Duration MARGIN = Duration.ofSeconds(1);
  private static final int MARGIN_DIVISOR = 10;

  public Epoch {
    if (number < 1) {
      throw new IllegalArgumentException("no number of an epoch: " + number);
    }
    if (lease.isNegative()
        || (!lease.isZero() && lease.compareTo(LEASE_MIN) < 0)
        || lease.compareTo(LEASE_MAX) > 0
        || !lease.equals(Duration.ofSeconds(lease.toSeconds()))) {
      throw new IllegalArgumentException("no lease of an epoch: " + lease);
    }
    takenOverAt = List.copyOf(takenOverAt);
  }

  /** Of a cluster that is the primary already. */
  public Epoch(
      long number,
      UUID cluster,
      Instant at,
      Duration lease,
      @Nullable AppliedSet appliedSet,
      boolean forced) {
    this(number, cluster, at, lease, appliedSet, forced, List.of());
  }

  /** Whether its cluster became the primary by it. */
  public boolean isTakeover() {
    return !takenOverAt.isEmpty();
  }

  /** Whether it was claimed by who was the primary already, and not by an early build. */
  boolean isRenewal() {
    return !isTakeover() && appliedSet == null && !forced;
  }

  /** What the cluster had applied, if it followed another. */
  public Optional<AppliedSet> applied() {
    return Optional.ofNullable(appliedSet);
  }

  /** Whether its cluster had followed that one when it claimed it. */
  boolean tookOverFrom(UUID other) {
    return applied().filter(applied -> applied.cluster().equals(other)).isPresent();
  }

  public boolean hasLease() {
    return !lease.isZero();
  }

  /**
   * How long whoever claims the next epoch waits, from when it has it, before it takes a write. It
   * is longer than the lease, because no two clocks run alike.
   */
  public Duration promotionWait() {
    return hasLease() ? lease.plus(lease.dividedBy(MARGIN_DIVISOR)).plus(MARGIN) : Duration.ZERO;
  }
}
