package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.recovery.standby.Epoch;
import io.sluice.recovery.standby.Fencing;
import io.sluice.recovery.standby.StandbyTarget;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.ListAccounts;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code /standby}: what the cluster is to others, and whom it follows. */
final class StandbyRoutes {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final BackupGround ground;
  private final ClusterRole roles;
  private final TargetRecords targets;
  private final RoleWatch watch;
  private final RoleAnswers answers;
  private final StandbyFindings findings;
  private final Fencing fencing;

  StandbyRoutes(
      BackupGround ground,
      ClusterRole roles,
      TargetRecords targets,
      RoleWatch watch,
      RoleAnswers answers,
      StandbyFindings findings,
      Fencing fencing) {
    this.ground = ground;
    this.roles = roles;
    this.targets = targets;
    this.watch = watch;
    this.answers = answers;
    this.findings = findings;
    this.fencing = fencing;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(
            HttpMethod.GET,
            "/standby",
            call -> roles.get().invoke(watch::heard).flatMap(this::status)),
        new AdminRoute(HttpMethod.POST, "/standby", this::add),
        new AdminRoute(HttpMethod.DELETE, "/standby", this::remove),
        new AdminRoute(HttpMethod.POST, "/standby/fail-back", this::failBack));
  }

  private Uni<AdminAnswer> status(RoleRecord role) {
    return findings.of(role).map(AdminAnswer::ok);
  }

  private Uni<AdminAnswer> add(AdminCall call) {
    StandbyTerms terms = StandbyWishes.terms(call);
    UUID cluster = StandbyWishes.cluster(call);
    boolean overwrite = StandbyWishes.flag(call, "overwrite");
    StandbyTarget place = new StandbyTarget(ground, terms.getTarget());
    return roles
        .get()
        .invoke(StandbyRoutes::requireOrdinary)
        .call(role -> unreadable(place.find(cluster)))
        .call(role -> overwrite ? Uni.createFrom().voidItem() : requireEmpty())
        .call(role -> requireLease(place, terms))
        .flatMap(
            role ->
                unreadable(place.find(cluster))
                    .flatMap(found -> answers.put(standby(terms, found, role).build(), role)));
  }

  private static void requireOrdinary(RoleRecord role) {
    if (role.getRole() == Role.STANDBY) {
      throw AdminException.conflict(
          "StandbyAlready",
          "This cluster is a standby of %s already.".formatted(role.getTerms().getClusterId()));
    }
    if (role.getRole() == Role.FENCED) {
      throw AdminException.conflict(
          "Fenced", "This cluster is fenced: sluice standby fail-back has it follow.");
    }
  }

  private static <T> Uni<T> unreadable(Uni<T> looked) {
    return looked
        .onFailure(IOException.class)
        .transform(
            failure ->
                AdminException.conflict(
                    "TargetUnusable", "The target can't be followed: " + failure.getMessage()))
        .onFailure(IllegalArgumentException.class)
        .transform(failure -> AdminException.invalid(String.valueOf(failure.getMessage())));
  }

  /** What it holds would go: a standby is what it follows. */
  private Uni<Void> requireEmpty() {
    Query buckets = Query.newBuilder().setListBuckets(ListBuckets.newBuilder().setMax(1)).build();
    Query accounts =
        Query.newBuilder().setListAccounts(ListAccounts.newBuilder().setMax(1)).build();
    return ground
        .metadata()
        .query(MetadataStore.ROOT_SHARD, buckets, LIMIT)
        .map(answer -> answer.getBuckets().getBucketsCount())
        .flatMap(
            found ->
                ground
                    .metadata()
                    .query(MetadataStore.ROOT_SHARD, accounts, LIMIT)
                    .map(answer -> found + answer.getAccounts().getAccountsCount()))
        .invoke(
            found -> {
              if (found > 0) {
                throw AdminException.conflict(
                    "NotEmpty",
                    "This cluster has buckets or accounts of its own, and a standby becomes what it"
                        + " follows: they would be deleted. --overwrite has it so.");
              }
            })
        .replaceWithVoid();
  }

  private Uni<Void> requireLease(StandbyTarget place, StandbyTerms terms) {
    if (terms.getAutomaticMs() == 0) {
      return Uni.createFrom().voidItem();
    }
    return unreadable(place.epoch())
        .invoke(
            epoch -> {
              if (epoch.filter(Epoch::hasLease).isEmpty()) {
                throw AdminException.conflict(
                    "NoLease",
                    "The primary holds no lease, so it could go on while this cluster takes over:"
                        + " sluice standby lease at the primary, or no --automatic.");
              }
            })
        .replaceWithVoid();
  }

  private static RoleRecord.Builder standby(StandbyTerms terms, UUID cluster, RoleRecord before) {
    String primary = terms.getPrimaryUrl();
    return RoleRecord.newBuilder()
        .setRole(Role.STANDBY)
        .setEpoch(before.getEpoch())
        .setTerms(terms.toBuilder().setClusterId(cluster.toString()))
        .setNotice(
            "This cluster is a standby of cluster %s%s: it can be read, and written to only there."
                .formatted(cluster, primary.isEmpty() ? "" : " at " + primary));
  }

  /** The primary before may hold its lease still, and take writes. */
  private static void requireNoPromotion(RoleRecord role) {
    if (PromotionRoutes.isUnderWay(role)) {
      throw AdminException.conflict(
          "BeingPromoted", "This cluster is being promoted: wait until that has ended.");
    }
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    boolean force = StandbyWishes.flag(call, "force");
    return roles
        .get()
        .invoke(StandbyRoutes::requireNoPromotion)
        .flatMap(
            role ->
                role.getFence().getClusterId().isEmpty() ? Uni.createFrom().item(role) : kept(role))
        .flatMap(
            role -> {
              if (role.getRole() == Role.ORDINARY) {
                throw AdminException.conflict(
                    "NoStandby", "This cluster is neither a standby nor fenced.");
              }
              if (!force && role.hasFence() && !role.getFence().getClusterId().isEmpty()) {
                throw AdminException.conflict(
                    "Fenced",
                    ("Cluster %s is the primary, and two would take writes then: promote this one"
                            + " instead, or say --force.")
                        .formatted(role.getFence().getClusterId()));
              }
              return answers.put(ordinary(role), role);
            });
  }

  /** What follows replaces what a fenced cluster has, so that is kept first. */
  private Uni<RoleRecord> kept(RoleRecord role) {
    return fencing
        .keep(role)
        .onFailure(StorageFailure.class)
        .transform(
            failure ->
                AdminException.conflict(
                    "NotKept",
                    "What this cluster had when it was fenced is not kept as a snapshot yet: "
                        + failure.getMessage()));
  }

  /** One that was demoted and is the primary after all has the lease that its epoch has. */
  private static RoleRecord ordinary(RoleRecord role) {
    RoleRecord.Builder ordinary = RoleRecord.newBuilder().setEpoch(role.getEpoch());
    if (role.getFence().getDemoted() && role.hasLease()) {
      ordinary.setLease(role.getLease());
    }
    return ordinary.build();
  }

  private Uni<AdminAnswer> failBack(AdminCall call) {
    UUID wanted = StandbyWishes.cluster(call);
    return roles
        .get()
        .invoke(
            role -> {
              if (role.getRole() != Role.FENCED) {
                throw AdminException.conflict(
                    "NotFenced", "This cluster is not fenced: sluice standby add has it follow.");
              }
            })
        .flatMap(this::kept)
        .flatMap(
            role ->
                TargetAnswers.findOrOnly(targets, call.text("target"))
                    .flatMap(target -> failBack(call, role, target, wanted)));
  }

  private Uni<AdminAnswer> failBack(
      AdminCall call, RoleRecord role, TargetRecord target, @Nullable UUID wanted) {
    StandbyTerms terms = StandbyWishes.terms(call, target);
    StandbyTarget place = new StandbyTarget(ground, terms.getTarget());
    String fencedBy = role.getFence().getClusterId();
    Uni<UUID> cluster =
        wanted != null || !fencedBy.isEmpty()
            ? Uni.createFrom().item(wanted != null ? wanted : UUID.fromString(fencedBy))
            : unreadable(place.epoch())
                .map(
                    epoch ->
                        epoch
                            .map(Epoch::cluster)
                            .filter(by -> !by.equals(ground.clusterId()))
                            .orElseThrow(
                                () ->
                                    AdminException.conflict(
                                        "NoPrimary", "No other cluster was promoted yet.")));
    return cluster
        .flatMap(by -> unreadable(place.find(by)))
        .call(by -> requireLease(place, terms))
        .flatMap(
            by -> answers.put(standby(terms, by, role).setFence(role.getFence()).build(), role));
  }
}
