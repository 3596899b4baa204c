package io.sluice.recovery.standby;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Gives a primary a lease, or another one: an epoch of its own at a target. First the role says so
 * and every shard refuses writes that don't name the epoch; then it is claimed, and from then on a
 * standby may count on it. In between nothing is acknowledged. Where that ends half-way, writes are
 * refused until it is asked for again.
 *
 * <p>Any thread; results arrive on another.
 */
public final class LeaseSetup {
  private final ClusterRole role;
  private final UUID cluster;
  private final BackupGround.Targets targets;
  private final Executor blocking;
  private final InstantSource clock;

  /**
   * @param cluster this one
   * @param blocking for what blocks; bounded
   */
  public LeaseSetup(
      ClusterRole role,
      UUID cluster,
      BackupGround.Targets targets,
      Executor blocking,
      InstantSource clock) {
    this.role = role;
    this.cluster = cluster;
    this.targets = targets;
    this.blocking = blocking;
    this.clock = clock;
  }

  /**
   * Sets it up.
   *
   * @param target where standbys follow; its name and what is known of it are left out
   * @param lease {@link Epoch#LEASE_MIN} to {@link Epoch#LEASE_MAX}, whole seconds
   * @return the role with the lease; fails with {@link IllegalStateException} when this cluster is
   *     no primary, with {@link IOException} when the target can't be used, and with a {@link
   *     StorageFailure}; messages are for people
   */
  public Uni<RoleRecord> set(TargetRecord target, Duration lease) {
    TargetRecord place =
        TargetRecord.newBuilder()
            .setUrl(target.getUrl())
            .setCredentialsFile(target.getCredentialsFile())
            .build();
    return role.get()
        .flatMap(
            now ->
                onWorker(() -> next(now, place, lease)).flatMap(epoch -> set(now, epoch, place)));
  }

  private Epoch next(RoleRecord now, TargetRecord place, Duration lease) throws IOException {
    if (now.getRole() != RoleRecord.Role.ORDINARY) {
      throw new IllegalStateException("this cluster is not the primary: " + now.getNotice());
    }
    Optional<Epoch> latest = at(place, Epochs::latest);
    Epoch before = latest.orElse(null);
    if (before != null && !before.cluster().equals(cluster)) {
      throw new IllegalStateException(
          "cluster %s has epoch %d at that target, and is the primary"
              .formatted(before.cluster(), before.number()));
    }
    long known = before == null ? 0 : before.number();
    if (known < now.getEpoch() - (now.getLease().getClaimed() ? 0 : 1)
        && now.getLease().getTarget().getUrl().equals(place.getUrl())) {
      throw new IOException(
          "the target does not show epoch %d, which this cluster has: is it the right place, and"
                  .formatted(now.getEpoch())
              + " mounted?");
    }
    return new Epoch(known + 1, cluster, clock.instant(), lease, null, false);
  }

  private Uni<RoleRecord> set(RoleRecord now, Epoch epoch, TargetRecord place) {
    LeaseTerms terms =
        LeaseTerms.newBuilder()
            .setTarget(place)
            .setLeaseMs((int) epoch.lease().toMillis())
            .setEpoch(epoch.number())
            .build();
    RoleRecord wanted =
        RoleRecord.newBuilder()
            .setRole(RoleRecord.Role.ORDINARY)
            .setEpoch(epoch.number())
            .setLease(terms)
            .build();
    return role.put(wanted, now.getRevision())
        .flatMap(
            said ->
                onWorker(() -> claim(place, epoch))
                    .flatMap(
                        mine ->
                            role.put(
                                said.toBuilder()
                                    .setLease(terms.toBuilder().setClaimed(true))
                                    .build(),
                                said.getRevision())));
  }

  private Epoch claim(TargetRecord place, Epoch epoch) throws IOException {
    Epoch there = at(place, epochs -> epochs.claim(epoch));
    if (!there.cluster().equals(cluster)) {
      throw new IllegalStateException(
          "cluster %s was quicker, and has epoch %d".formatted(there.cluster(), there.number()));
    }
    return there;
  }

  /** Something that is asked of a target. Blocks. */
  @FunctionalInterface
  private interface Question<T> {
    T of(Epochs epochs) throws IOException;
  }

  private <T> T at(TargetRecord place, Question<T> question) throws IOException {
    try (BackupTarget target = targets.open(place)) {
      return question.of(new Epochs(target));
    }
  }

  private <T> Uni<T> onWorker(Callable<T> step) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> done = new CompletableFuture<>();
              try {
                blocking.execute(() -> run(step, done));
              } catch (RejectedExecutionException full) {
                done.completeExceptionally(
                    new IOException("too much of this is going on just now; try again", full));
              }
              return done;
            });
  }

  private static <T> void run(Callable<T> step, CompletableFuture<T> done) {
    @Nullable T result = null;
    try {
      result = step.call();
    } catch (Exception | Error e) { // whoever waits must hear of it
      done.completeExceptionally(e);
      return;
    }
    done.complete(result);
  }
}
