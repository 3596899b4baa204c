package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Demotion;
import io.sluice.recovery.standby.PrimaryProbe;
import io.sluice.storage.proto.Promotion;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /standby/promote} and {@code /standby/demote}: which cluster is the primary. */
final class PromotionRoutes {
  private final ClusterRole roles;
  private final TargetRecords targets;
  private final PrimaryProbe probe;
  private final RoleWatch watch;
  private final RoleAnswers answers;
  private final Demotion demotion;

  PromotionRoutes(
      ClusterRole roles,
      TargetRecords targets,
      PrimaryProbe probe,
      RoleWatch watch,
      RoleAnswers answers,
      Demotion demotion) {
    this.roles = roles;
    this.targets = targets;
    this.probe = probe;
    this.watch = watch;
    this.answers = answers;
    this.demotion = demotion;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/standby/promote", this::promote),
        new AdminRoute(HttpMethod.POST, "/standby/demote", this::demote));
  }

  /** Whether a standby takes over, and did not give that up. */
  static boolean isUnderWay(RoleRecord role) {
    return role.hasPromotion() && role.getPromotion().getGivenUp().isEmpty();
  }

  /** Whoever leads goes on with it: the status tells how far it is. */
  private Uni<AdminAnswer> promote(AdminCall call) {
    boolean force = StandbyWishes.flag(call, "force");
    return roles
        .get()
        .invoke(
            role -> {
              if (role.getRole() != Role.STANDBY) {
                throw AdminException.conflict(
                    "NoStandby",
                    role.getRole() == Role.FENCED
                        ? "This cluster is fenced: sluice standby fail-back first, so that it has"
                            + " what the primary has."
                        : "This cluster is no standby.");
              }
              if (!force && role.getProgress().getSetId().isEmpty()) {
                throw AdminException.conflict(
                    "NothingApplied", "Nothing was applied yet: it would be an empty primary.");
              }
            })
        .call(role -> force ? Uni.createFrom().voidItem() : requireSilent(role.getTerms()))
        .flatMap(
            role ->
                goesOn(role, force)
                    ? Uni.createFrom().item(answers.of(role))
                    : answers.put(
                        role.toBuilder()
                            .setPromotion(Promotion.newBuilder().setForced(force))
                            .build(),
                        role));
  }

  /** Asked for again, it goes on; by force only before it has said something at the target. */
  private static boolean goesOn(RoleRecord role, boolean force) {
    Promotion promotion = role.getPromotion();
    return isUnderWay(role) && (!force || promotion.getForced() || promotion.getClaiming() > 0);
  }

  private Uni<Void> requireSilent(StandbyTerms terms) {
    if (terms.getPrimaryUrl().isEmpty()) {
      throw AdminException.conflict(
          "PrimaryUnknown",
          "Whether the primary lives can't be told, for no --primary was given: --force says that it"
              + " does not.");
    }
    return probe
        .isAlive(terms.getPrimaryUrl())
        .invoke(
            alive -> {
              if (alive) {
                throw AdminException.conflict(
                    "PrimaryAlive",
                    "The primary answers at %s: demote it first, or say --force."
                        .formatted(terms.getPrimaryUrl()));
              }
            })
        .replaceWithVoid();
  }

  /**
   * When it has answered, no write is acknowledged any more. To be asked again until there is a
   * last set.
   */
  private Uni<AdminAnswer> demote(AdminCall call) {
    return roles
        .get()
        .flatMap(
            role ->
                role.getRole() != Role.FENCED || role.getFence().getLastSet().isEmpty()
                    ? TargetAnswers.findOrOnly(targets, demotedTo(role, call.text("target")))
                        .invoke(PromotionRoutes::requireBackup)
                        .flatMap(target -> begin(role, target.getName()))
                    : Uni.createFrom().item(role))
        .invoke(watch::heard)
        .flatMap(demotion::goOn)
        .invoke(watch::heard)
        .onFailure()
        .transform(TargetAnswers::explained)
        .onFailure()
        .transform(RoleAnswers::explained)
        .map(answers::of);
  }

  private static @Nullable String demotedTo(RoleRecord role, @Nullable String wanted) {
    return wanted == null && Demotion.isUnderWay(role) ? role.getFence().getTarget() : wanted;
  }

  private static void requireBackup(TargetRecord target) {
    if (!target.hasLast() || target.getLast().getLost()) {
      throw AdminException.conflict(
          "NoBackup",
          "Target %s has no backup that a last one could build on: make a full one first."
              .formatted(target.getName()));
    }
  }

  private Uni<RoleRecord> begin(RoleRecord role, String target) {
    if (role.getRole() != Role.ORDINARY && !Demotion.isUnderWay(role)) {
      throw AdminException.conflict("NoPrimary", "This cluster is no primary.");
    }
    return demotion.begin(role, target);
  }
}
