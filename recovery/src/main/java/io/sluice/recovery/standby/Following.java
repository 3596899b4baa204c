package io.sluice.recovery.standby;

import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.FollowedCluster;
import io.sluice.recovery.job.NoBackupSinceException;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.Promotion;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.Takeover;
import io.smallrye.mutiny.Uni;
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

  /** A promotion is not given up for what may pass. */
  private static final Duration RETRY_FOR = Duration.ofSeconds(60);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * For what may still come to the target: before an epoch is claimed by force, and beyond the
   * wait.
   */
  private static final Duration LAST_LOOKS = Duration.ofSeconds(10);

  private static final int PROBLEM_LENGTH_MAX = 1_000;

  private static final String NO_LEASE =
      "this cluster does not take over by itself: the primary holds no lease, so it could go on"
          + " meanwhile (sluice standby lease there)";

  private final BackupGround on;
  private final ClusterRole roles;
  private final long revision;
  private final StandbyTerms terms;
  private final PrimaryProbe probe;
  private final LongSupplier nanoTime;
  private final FollowedCluster followed;
  private final EpochNotes epochs;
  private final long begunNanos;
  private long notBeforeNanos;
  private long answeredNanos;
  private long retryNanos;

  /** What fails of a promotion. */
  private final Outage failing;

  /** Its steps. */
  private final Outage stepsFailing;

  /** Of those that were there when the promotion began, at most; negative: not known yet. */
  private long setsLeft = -1;

  private long promotingNanos;
  private volatile boolean stepping;

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
    this.failing = new Outage(nanoTime);
    this.stepsFailing = new Outage(nanoTime);
    Epochs.Known known = new Epochs.Known();
    this.followed =
        new FollowedCluster(
            on.withMetadata(new FollowerWrites(on.metadata(), revision)),
            terms,
            rootId,
            opened -> StandbyTarget.life(new Epochs(opened, known), role));
    this.begunNanos = nanoTime.getAsLong();
    this.notBeforeNanos = begunNanos;
    this.answeredNanos = begunNanos;
    this.retryNanos = begunNanos;
    this.epochs = new EpochNotes(on, terms.getTarget(), nanoTime);
  }

  long revision() {
    return revision;
  }

  /** Whether it does what may take long; it may be stopped then, and left to itself. */
  boolean isStepping() {
    return stepping;
  }

  void stop() {
    followed.stop();
  }

  /**
   * How far a step of a promotion came.
   *
   * @param isDone whether nothing more is to be applied
   * @param leftOut why something was not, though it is there; empty: all was
   */
  private record CatchUp(boolean isDone, StandbyProgress at, String leftOut) {
    /** The role was read before the step. */
    RoleRecord in(RoleRecord role) {
      return role.toBuilder().setProgress(at).build();
    }
  }

  /** Does what is next, if it is time for it. */
  Uni<Void> goOn(RoleRecord role) {
    Promotion promotion = role.getPromotion();
    if (role.hasPromotion() && promotion.getGivenUp().isEmpty()) {
      return promotion.getEpoch() == 0 ? promote(role) : awaitLease(role);
    }
    if (nanoTime.getAsLong() - notBeforeNanos < 0) {
      return Uni.createFrom().voidItem();
    }
    return step(role.getProgress(), true)
        .onItemOrFailure()
        .transformToUni(
            (after, failure) ->
                failure == null ? watch(role) : noteProblem(role.getProgress(), failure));
  }

  private Uni<StandbyProgress> step(StandbyProgress at, boolean mayCompare) {
    stepping = true;
    return epochs
        .addTo(at)
        .flatMap(
            noted -> followed.step(noted, mayCompare, comparing -> roles.note(revision, comparing)))
        .map(this::warned)
        .call(after -> after.equals(at) ? Uni.createFrom().voidItem() : roles.note(revision, after))
        .invoke(after -> wait(isMoved(at, after) ? Duration.ZERO : every()))
        .onTermination()
        .invoke(() -> stepping = false);
  }

  private StandbyProgress warned(StandbyProgress after) {
    return terms.getAutomaticMs() == 0 || epochs.haveLease(after)
        ? after
        : after.toBuilder().setProblem(NO_LEASE).build();
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
    StandbyProgress noted =
        epochs.added(at).toBuilder().setProblem(problem).clearComparing().build();
    return noted.equals(at) ? Uni.createFrom().voidItem() : roles.note(revision, noted);
  }

  private static boolean isOver(Throwable failure) {
    return failure instanceof CancellationException // the node stops
        || (failure instanceof StorageFailure.Refused refused
            && refused.code() == RefusalCode.STANDBY_OVER);
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    // Without words it would be no problem in the status.
    String text = message == null || message.isBlank() ? failure.toString() : message;
    return text.length() <= PROBLEM_LENGTH_MAX ? text : text.substring(0, PROBLEM_LENGTH_MAX);
  }

  /**
   * With automatic promotion: whether the primary was silent for too long, and can't acknowledge
   * any more when its lease has ended. The target answers.
   */
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
              if (now - answeredNanos < Duration.ofMillis(terms.getAutomaticMs()).toNanos()
                  || !epochs.haveLease(role.getProgress())) {
                return Uni.createFrom().voidItem();
              }
              log.warn(
                  "{} has not answered for {} ms: this cluster takes over",
                  terms.getPrimaryUrl(),
                  terms.getAutomaticMs());
              return put(role.toBuilder().setPromotion(Promotion.newBuilder().setAutomatic(true)));
            });
  }

  /**
   * Applies what is left at the target, writes down that it may have said there that it is the
   * primary, and says so: in this order, so that whoever goes on with it knows, and one that was
   * overtaken says nothing.
   */
  private Uni<Void> promote(RoleRecord role) {
    if (nanoTime.getAsLong() - retryNanos < 0) {
      return Uni.createFrom().voidItem();
    }
    Promotion promotion = role.getPromotion();
    // By force enough was applied when that was written down.
    boolean isEnough = promotion.getForced() && promotion.getClaiming() > 0;
    return (isEnough ? claim(role) : advance(role))
        .invoke(failing::end)
        .onFailure(failure -> !isOver(failure))
        .recoverWithUni(failure -> tryAgain(role, failure));
  }

  private Uni<Void> advance(RoleRecord role) {
    boolean forced = role.getPromotion().getForced();
    boolean mayHaveClaimed = role.getPromotion().getClaiming() > 0;
    boolean anyway =
        forced
            ? stepsFailing.isLongerThan(LAST_LOOKS)
            : mayHaveClaimed && failing.isLongerThan(RETRY_FOR);
    return catchUp(role, anyway)
        .onFailure(failure -> forced && !isOver(failure))
        .recoverWithUni(
            failure -> retry(role, failure).replaceWith(new CatchUp(false, role.getProgress(), "")))
        .flatMap(
            caught ->
                !caught.isDone()
                    ? Uni.createFrom().voidItem()
                    : mayHaveClaimed ? claim(caught.in(role)) : announce(caught.in(role)));
  }

  /**
   * Applies the next set, if there is one.
   *
   * @param anyway whether one that can't be applied is left out, or as far as it was
   */
  private Uni<CatchUp> catchUp(RoleRecord role, boolean anyway) {
    StandbyProgress before = role.getProgress();
    boolean mayCompare = role.getPromotion().getEpoch() == 0; // clients wait for the rest
    return step(before, mayCompare)
        .invoke(stepsFailing::end)
        .map(
            after ->
                new CatchUp(!isMoved(before, after) || isEnough(role, after), after, behind(after)))
        .onFailure(failure -> !isOver(failure))
        .recoverWithUni(failure -> failed(role, anyway, failure));
  }

  private static String behind(StandbyProgress after) {
    return after.getSetsBehind() == 0
        ? ""
        : "sets that are there and were not applied: " + after.getSetsBehind();
  }

  /**
   * What may pass is no reason to leave a set out: it may be applied in part by then. And after one
   * that is damaged all is compared with the next.
   */
  private Uni<CatchUp> failed(RoleRecord role, boolean anyway, Throwable failure) {
    stepsFailing.begin();
    boolean isNone = role.getPromotion().getForced() && failure instanceof NoBackupSinceException;
    if (!anyway && !isNone) {
      return Uni.createFrom().failure(failure);
    }
    log.warn("Promoted without what is left at the target", failure);
    return Uni.createFrom().item(new CatchUp(true, role.getProgress(), text(failure)));
  }

  /**
   * A primary that lives, and is replaced by force, may make sets as fast as they are applied. What
   * was there when the promotion began is applied, and what came for a while.
   */
  private boolean isEnough(RoleRecord role, StandbyProgress after) {
    if (!role.getPromotion().getForced()) {
      return false;
    }
    if (setsLeft < 0) {
      setsLeft = after.getSetsBehind();
      promotingNanos = nanoTime.getAsLong();
      return false;
    }
    setsLeft = Math.max(0, setsLeft - 1);
    return setsLeft == 0 && nanoTime.getAsLong() - promotingNanos > LAST_LOOKS.toNanos();
  }

  private static boolean isMoved(StandbyProgress before, StandbyProgress after) {
    return after.getSetsBehind() > 0
        || after.getComparisons() != before.getComparisons()
        || !after.getSetId().equals(before.getSetId());
  }

  private Uni<Void> announce(RoleRecord role) {
    if (role.getProgress().getSetId().isEmpty() && !role.getPromotion().getForced()) {
      return giveUp(role, "no backup was applied yet");
    }
    return place()
        .next(role)
        .flatMap(
            epoch ->
                put(
                    role.toBuilder()
                        .setPromotion(role.getPromotion().toBuilder().setClaiming(epoch))));
  }

  private Uni<Void> claim(RoleRecord role) {
    return place()
        .claim(role)
        .flatMap(
            epoch ->
                put(
                    role.toBuilder()
                        .setEpoch(epoch.number())
                        .setEpochPlace(terms.getTarget())
                        .setPromotion(
                            role.getPromotion().toBuilder()
                                .setEpoch(epoch.number())
                                .clearTakenOverAt()
                                .addAllTakenOverAt(epoch.takenOverAt())
                                .setLeaseMs((int) epoch.lease().toMillis())
                                .setWaitMs(epoch.promotionWait().toMillis()))));
  }

  private StandbyTarget place() {
    return new StandbyTarget(on, terms.getTarget());
  }

  /** What may be at the target ends only by knowing that it is, or never will be. */
  private Uni<Void> tryAgain(RoleRecord role, Throwable failure) {
    boolean mayHaveClaimed = role.getPromotion().getClaiming() > 0;
    boolean isFinal = failure instanceof NoBackupSinceException || failing.isLongerThan(RETRY_FOR);
    if (failure instanceof NotPromotedException || (!mayHaveClaimed && isFinal)) {
      return giveUp(role, text(failure));
    }
    failing.begin();
    return retry(role, failure);
  }

  private Uni<Void> retry(RoleRecord role, Throwable failure) {
    retryNanos = nanoTime.getAsLong() + RETRY_AFTER.toNanos();
    return noteProblem(role.getProgress(), failure);
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
    long leftNanos = waitNanos - (nanoTime.getAsLong() - begunNanos);
    if (leftNanos > 0 && nanoTime.getAsLong() - notBeforeNanos < 0) {
      return Uni.createFrom().voidItem();
    }
    // What the primary before acknowledged meanwhile may have come to the target.
    boolean isLate = -leftNanos > LAST_LOOKS.toNanos();
    return catchUp(role, isLate)
        .flatMap(
            caught ->
                (caught.isDone() || isLate) && leftNanos <= 0
                    ? becomePrimary(caught.in(role), caught.leftOut())
                    : Uni.createFrom().voidItem())
        .onFailure(failure -> !isOver(failure))
        .recoverWithUni(failure -> noteProblem(role.getProgress(), failure));
  }

  private Uni<Void> becomePrimary(RoleRecord role, String leftOut) {
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
    if (!role.getProgress().getSetId().isEmpty() || !leftOut.isEmpty()) {
      primary.setTakeover(
          Takeover.newBuilder()
              .setClusterId(terms.getClusterId())
              .setSetId(role.getProgress().getSetId())
              .setCutMs(role.getProgress().getCutMs())
              .setLeftOut(leftOut)
              .addAllTakenOverAt(role.getPromotion().getTakenOverAtList()));
    }
    return put(primary);
  }

  private Uni<Void> put(RoleRecord.Builder next) {
    return roles
        .put(next.build(), revision)
        .onFailure(Following::isOvertaken)
        .transform(failure -> new CancellationException("overtaken: " + failure.getMessage()))
        .replaceWithVoid();
  }

  private static boolean isOvertaken(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.CONFLICT;
  }
}
