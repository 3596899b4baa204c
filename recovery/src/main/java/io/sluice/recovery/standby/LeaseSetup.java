package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetLook;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Gives a primary a lease, another one, or none: an epoch of its own at a target. First it is tried
 * whether that place can tell writers apart. Then the role says so and every shard refuses writes
 * that don't name the lease; then the epoch is claimed, and from then on a standby may count on it.
 * In between nothing is acknowledged. Where that ends half-way, writes are refused until it is
 * asked for again, or for none.
 *
 * <p>What nodes were given by a longer lease is waited out before a shorter one is claimed, and
 * they write by the shorter one meanwhile.
 *
 * <p>Any thread; results arrive on another.
 */
public final class LeaseSetup {
  private final ClusterRole role;
  private final BackupGround on;
  private final UUID cluster;
  private final InstantSource clock;
  private final Function<Duration, Uni<Void>> wait;

  /**
   * @param wait is over after that span, by a monotonic clock
   */
  public LeaseSetup(ClusterRole role, BackupGround on, Function<Duration, Uni<Void>> wait) {
    this.role = role;
    this.on = on;
    this.cluster = on.clusterId();
    this.clock = on.clock();
    this.wait = wait;
  }

  /**
   * What is to be claimed.
   *
   * @param promised the lease until now, which nodes may still hold the right of; zero: none
   */
  private record Plan(Epoch epoch, TargetRecord place, Duration promised) {}

  /**
   * Sets it up.
   *
   * @param target where standbys follow; its name and what is known of it are left out
   * @param lease {@link Epoch#LEASE_MIN} to {@link Epoch#LEASE_MAX}, whole seconds
   * @return the role with the lease; fails with {@link IllegalStateException} when this cluster is
   *     no primary, with {@link IOException} when the target can't be used or the place of the
   *     lease until now can't be read, and with a {@link StorageFailure}; messages are for people
   */
  public Uni<RoleRecord> set(TargetRecord target, Duration lease) {
    TargetRecord place = ClusterRole.place(target);
    return role.get()
        .flatMap(
            now ->
                plan(now, place, lease)
                    .flatMap(plan -> shortened(now, plan).flatMap(ready -> set(ready, plan))));
  }

  private Uni<Plan> plan(RoleRecord now, TargetRecord place, Duration lease) {
    requirePrimary(now);
    return promised(now)
        .flatMap(
            promised ->
                at(place, epochs -> planned(epochs, now, place, lease))
                    .map(epoch -> new Plan(epoch, place, promised)));
  }

  private Epoch planned(Epochs epochs, RoleRecord now, TargetRecord place, Duration lease)
      throws IOException {
    Optional<Epoch> before = own(epochs, ClusterRole.epochAt(now, place));
    epochs.tryOut();
    long number = before.map(Epoch::number).orElse(0L) + 1;
    return new Epoch(number, cluster, clock.instant(), lease, null, false);
  }

  private static void requirePrimary(RoleRecord now) {
    if (now.getRole() != RoleRecord.Role.ORDINARY) {
      throw new IllegalStateException("this cluster is not the primary: " + now.getNotice());
    }
  }

  /** The lease until now: whoever moves it away must know that nobody took over where it was. */
  private Uni<Duration> promised(RoleRecord now) {
    if (!now.hasLease()) {
      return Uni.createFrom().item(Duration.ZERO);
    }
    LeaseTerms lease = now.getLease();
    Duration held = Duration.ofMillis(lease.getLeaseMs());
    long known = lease.getClaimed() ? lease.getEpoch() : 0;
    return at(lease.getTarget(), epochs -> own(epochs, known))
        .map(
            own ->
                own.map(Epoch::lease).filter(claimed -> claimed.compareTo(held) > 0).orElse(held))
        .onFailure(IOException.class)
        .transform(
            e ->
                new IOException(
                    "where the lease is now, %s, it can't be seen whether another cluster took over: %s"
                        .formatted(lease.getTarget().getUrl(), e.getMessage()),
                    e));
  }

  /** The greatest epoch there, which is this cluster's. */
  private Optional<Epoch> own(Epochs epochs, long known) throws IOException {
    Optional<Epoch> latest = epochs.latest();
    latest
        .filter(epoch -> !epoch.cluster().equals(cluster))
        .ifPresent(
            other -> {
              throw new IllegalStateException(
                  "cluster %s has epoch %d at that target, and is the primary"
                      .formatted(other.cluster(), other.number()));
            });
    if (latest.map(Epoch::number).orElse(0L) < known) {
      throw new IOException(
          "the target does not show epoch %d, which this cluster has: is it the right place, and"
                  .formatted(known)
              + " mounted?");
    }
    return latest;
  }

  /**
   * Before a shorter lease: nobody gets the right for longer than that any more, and what was given
   * is over. Who takes over meanwhile waits for the old one.
   */
  private Uni<RoleRecord> shortened(RoleRecord now, Plan plan) {
    Duration lease = plan.epoch().lease();
    if (plan.promised().compareTo(lease) <= 0) {
      return Uni.createFrom().item(now);
    }
    RoleRecord.Builder shorter = now.toBuilder();
    shorter.getLeaseBuilder().setLeaseMs((int) lease.toMillis());
    Epoch old =
        new Epoch(plan.epoch().number(), cluster, clock.instant(), plan.promised(), null, false);
    return role.put(shorter.build(), now.getRevision())
        .call(said -> wait.apply(old.promotionWait()));
  }

  private Uni<RoleRecord> set(RoleRecord now, Plan plan) {
    LeaseTerms terms =
        LeaseTerms.newBuilder()
            .setTarget(plan.place())
            .setLeaseMs((int) plan.epoch().lease().toMillis())
            .setEpoch(plan.epoch().number())
            .build();
    RoleRecord wanted =
        RoleRecord.newBuilder()
            .setRole(RoleRecord.Role.ORDINARY)
            .setEpoch(plan.epoch().number() - 1)
            .setEpochPlace(plan.place())
            .setLease(terms)
            .build();
    return role.put(wanted, now.getRevision())
        .flatMap(
            said ->
                claim(plan)
                    .onFailure(FileSystemException.class)
                    .recoverWithUni(failure -> putBack(now, said, plan, failure))
                    .flatMap(mine -> claimed(said, mine)));
  }

  private Uni<RoleRecord> claimed(RoleRecord said, Epoch mine) {
    RoleRecord.Builder claimed = said.toBuilder().setEpoch(mine.number());
    claimed.getLeaseBuilder().setClaimed(true);
    return role.put(claimed.build(), said.getRevision());
  }

  /** A file system that refused it, and does not show it, does not have it. */
  private Uni<Epoch> putBack(RoleRecord before, RoleRecord said, Plan plan, Throwable failure) {
    return at(plan.place(), Epochs::latest)
        .flatMap(
            latest ->
                latest.map(Epoch::number).orElse(0L) < plan.epoch().number()
                    ? role.put(before, said.getRevision()).replaceWithVoid()
                    : Uni.createFrom().voidItem())
        .onItemOrFailure()
        .transformToUni((done, also) -> Uni.createFrom().failure(failure));
  }

  private Uni<Epoch> claim(Plan plan) {
    return at(plan.place(), epochs -> claim(epochs, plan.epoch()));
  }

  private Epoch claim(Epochs epochs, Epoch wanted) throws IOException {
    Epoch there = epochs.claim(wanted);
    if (!there.cluster().equals(cluster)) {
      throw new IllegalStateException(
          "cluster %s was quicker, and has epoch %d".formatted(there.cluster(), there.number()));
    }
    return there;
  }

  /**
   * Ends it: an epoch without a lease is claimed where it is, and from then on whoever takes over
   * has nothing to wait for, and this cluster acknowledges without looking.
   *
   * @param target where the lease is
   * @param force whether to do without the epoch when the place is out of reach or refuses it.
   *     Standbys that follow there may then take over while this cluster goes on
   * @return the role without a lease; fails as {@link #set}
   */
  public Uni<RoleRecord> end(TargetRecord target, boolean force) {
    return role.get()
        .flatMap(
            now ->
                claimEnd(now, ClusterRole.place(target))
                    .onFailure(failure -> force && failure instanceof IOException)
                    .recoverWithItem(now.getEpoch())
                    .flatMap(
                        number ->
                            role.put(
                                RoleRecord.newBuilder()
                                    .setEpoch(number)
                                    .setEpochPlace(now.getLease().getTarget())
                                    .build(),
                                now.getRevision())));
  }

  private Uni<Long> claimEnd(RoleRecord now, TargetRecord place) {
    requirePrimary(now);
    LeaseTerms lease = now.getLease();
    if (!now.hasLease() || !lease.getTarget().getUrl().equals(place.getUrl())) {
      throw new IllegalStateException(
          now.hasLease()
              ? "the lease is at " + lease.getTarget().getUrl()
              : "this cluster has no lease");
    }
    return at(place, epochs -> claimEnd(epochs, lease.getClaimed() ? lease.getEpoch() : 0));
  }

  private long claimEnd(Epochs epochs, long known) throws IOException {
    Optional<Epoch> latest = own(epochs, known);
    if (latest.filter(Epoch::hasLease).isEmpty()) {
      return latest.map(Epoch::number).orElse(0L); // nobody counts on one
    }
    long number = latest.get().number() + 1;
    return claim(epochs, new Epoch(number, cluster, clock.instant(), Duration.ZERO, null, false))
        .number();
  }

  /** Something that is asked of a target. Blocks. */
  @FunctionalInterface
  private interface Question<T> {
    T of(Epochs epochs) throws IOException;
  }

  private <T> Uni<T> at(TargetRecord place, Question<T> question) {
    return TargetLook.look(on, place, target -> question.of(new Epochs(target)));
  }
}
