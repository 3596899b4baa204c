package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.FollowedCluster;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.Promotion;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run of one node that follows, for one revision of the role, until the cluster is promoted. One
 * call at a time; any thread.
 */
final class Following {
  private static final Logger log = LoggerFactory.getLogger(Following.class);
  private static final Duration AFTER_A_PROBLEM = Duration.ofSeconds(5);
  private static final int PROBLEM_LENGTH_MAX = 1_000;

  private final BackupGround on;
  private final ClusterRole roles;
  private final long revision;
  private final StandbyTerms terms;
  private final PrimaryProbe probe;
  private final LongSupplier nanoTime;
  private final FollowedCluster followed;
  private final long begunNanos;
  private long notBeforeNanos;
  private long answeredNanos;

  Following(
      BackupGround on,
      ClusterRole roles,
      RoleRecord role,
      String rootId,
      PrimaryProbe probe,
      LongSupplier nanoTime) {
    this.on = on;
    this.roles = roles;
    this.revision = role.getRevision();
    this.terms = role.getTerms();
    this.probe = probe;
    this.nanoTime = nanoTime;
    this.followed =
        new FollowedCluster(
            on.withMetadata(new FollowerWrites(on.metadata(), revision)), terms, rootId);
    this.begunNanos = nanoTime.getAsLong();
    this.notBeforeNanos = begunNanos;
    this.answeredNanos = begunNanos;
  }

  long revision() {
    return revision;
  }

  void stop() {
    followed.stop();
  }

  /** Does what is next, if it is time for it. */
  Uni<Void> goOn(RoleRecord role) {
    Promotion promotion = role.getPromotion();
    if (role.hasPromotion() && promotion.getGivenUp().isEmpty()) {
      return promotion.getEpoch() == 0 ? claim(role) : awaitLease(role);
    }
    if (nanoTime.getAsLong() - notBeforeNanos < 0) {
      return Uni.createFrom().voidItem();
    }
    return step(role.getProgress())
        .onItemOrFailure()
        .transformToUni(
            (after, failure) ->
                failure == null ? watch(role) : noteProblem(role.getProgress(), failure));
  }

  private Uni<StandbyProgress> step(StandbyProgress at) {
    return followed
        .step(at, comparing -> roles.note(revision, comparing))
        .call(after -> after.equals(at) ? Uni.createFrom().voidItem() : roles.note(revision, after))
        .invoke(after -> wait(after.getSetsBehind() > 0 ? Duration.ZERO : every()));
  }

  private Duration every() {
    return Duration.ofMillis(Integer.toUnsignedLong(terms.getEveryMs()));
  }

  private void wait(Duration pause) {
    notBeforeNanos = nanoTime.getAsLong() + pause.toNanos();
  }

  private Uni<Void> noteProblem(StandbyProgress at, Throwable failure) {
    if (isOver(failure)) {
      return Uni.createFrom().failure(failure);
    }
    String problem = text(failure);
    if (!problem.equals(at.getProblem())) {
      log.warn("The standby does not get on: {}", problem);
    }
    Duration every = every();
    wait(every.compareTo(AFTER_A_PROBLEM) < 0 ? AFTER_A_PROBLEM : every);
    StandbyProgress noted = at.toBuilder().setProblem(problem).clearComparing().build();
    return noted.equals(at) ? Uni.createFrom().voidItem() : roles.note(revision, noted);
  }

  private static boolean isOver(Throwable failure) {
    return failure instanceof CancellationException // the node stops
        || (failure instanceof StorageFailure.Refused refused
            && refused.code() == RefusalCode.STANDBY_OVER);
  }

  private static String text(Throwable failure) {
    String text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return text.length() <= PROBLEM_LENGTH_MAX ? text : text.substring(0, PROBLEM_LENGTH_MAX);
  }

  /** With automatic promotion: whether the primary was silent for too long. The target answers. */
  private Uni<Void> watch(RoleRecord role) {
    if (terms.getAutomaticMs() == 0) {
      return Uni.createFrom().voidItem();
    }
    return probe
        .isAlive(terms.getPrimaryUrl())
        .flatMap(
            alive -> {
              long now = nanoTime.getAsLong();
              if (alive) {
                answeredNanos = now;
                return Uni.createFrom().voidItem();
              }
              if (now - answeredNanos < Duration.ofMillis(terms.getAutomaticMs()).toNanos()) {
                return Uni.createFrom().voidItem();
              }
              log.warn(
                  "{} has not answered for {} ms: this cluster takes over",
                  terms.getPrimaryUrl(),
                  terms.getAutomaticMs());
              return put(role.toBuilder().setPromotion(Promotion.getDefaultInstance()));
            });
  }

  /** Applies what is left at the target, and then says there that this is the primary. */
  private Uni<Void> claim(RoleRecord role) {
    return step(role.getProgress())
        .map(after -> role.toBuilder().setProgress(after).build())
        .onFailure(failure -> role.getPromotion().getForced() && !isOver(failure))
        .recoverWithItem(
            failure -> {
              log.warn("Promoted by force, without what is left at the target", failure);
              return role.toBuilder()
                  .setProgress(role.getProgress().toBuilder().setSetsBehind(0))
                  .build();
            })
        .flatMap(
            caughtUp ->
                caughtUp.getProgress().getSetsBehind() > 0
                    ? Uni.createFrom().voidItem()
                    : claimNow(caughtUp))
        .onFailure(failure -> !isOver(failure))
        .recoverWithUni(failure -> giveUp(role, text(failure)));
  }

  private Uni<Void> claimNow(RoleRecord role) {
    if (role.getProgress().getSetId().isEmpty() && !role.getPromotion().getForced()) {
      return giveUp(role, "no backup was applied yet");
    }
    return new StandbyTarget(on, terms.getTarget())
        .claim(role)
        .flatMap(
            epoch ->
                epoch.cluster().equals(on.clusterId())
                    ? put(
                        role.toBuilder()
                            .setEpoch(epoch.number())
                            .setEpochPlace(terms.getTarget())
                            .setPromotion(
                                role.getPromotion().toBuilder()
                                    .setEpoch(epoch.number())
                                    .setLeaseMs((int) epoch.lease().toMillis())
                                    .setWaitMs(epoch.promotionWait().toMillis())))
                    : Uni.createFrom()
                        .failure(
                            new IOException(
                                "cluster %s was quicker, and has epoch %d"
                                    .formatted(epoch.cluster(), epoch.number()))));
  }

  private Uni<Void> giveUp(RoleRecord role, String why) {
    log.warn("The promotion is given up: {}", why);
    return put(role.toBuilder().setPromotion(role.getPromotion().toBuilder().setGivenUp(why)));
  }

  /**
   * Until the lease that the primary before may hold has ended: counted from when this run began,
   * and that was after the epoch was claimed.
   */
  private Uni<Void> awaitLease(RoleRecord role) {
    long waitNanos = Duration.ofMillis(role.getPromotion().getWaitMs()).toNanos();
    if (nanoTime.getAsLong() - begunNanos < waitNanos) {
      return Uni.createFrom().voidItem();
    }
    log.info("This cluster is the primary now, of epoch {}", role.getEpoch());
    RoleRecord.Builder primary = RoleRecord.newBuilder().setEpoch(role.getEpoch());
    if (role.getPromotion().getLeaseMs() > 0) {
      // Whoever takes over from it waits for its lease, so it needs one.
      primary.setLease(
          LeaseTerms.newBuilder()
              .setTarget(terms.getTarget())
              .setLeaseMs(role.getPromotion().getLeaseMs())
              .setEpoch(role.getEpoch())
              .setClaimed(true));
    }
    return put(primary);
  }

  private Uni<Void> put(RoleRecord.Builder next) {
    return roles.put(next.build(), revision).replaceWithVoid();
  }
}
