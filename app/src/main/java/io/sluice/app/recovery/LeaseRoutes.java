package io.sluice.app.recovery;

import io.sluice.app.config.TimeSpan;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.standby.Epoch;
import io.sluice.recovery.standby.LeaseSetup;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /standby/lease}: by what right a primary acknowledges. */
final class LeaseRoutes {
  private static final String NONE = "none";

  private final TargetRecords targets;
  private final LeaseSetup setup;
  private final RoleWatch watch;

  LeaseRoutes(TargetRecords targets, LeaseSetup setup, RoleWatch watch) {
    this.targets = targets;
    this.setup = setup;
    this.watch = watch;
  }

  List<AdminRoute> routes() {
    return List.of(new AdminRoute(HttpMethod.POST, "/standby/lease", this::set));
  }

  private Uni<AdminAnswer> set(AdminCall call) {
    String target = call.text("target");
    if (target == null) {
      throw AdminException.invalid("target is missing");
    }
    boolean ends = NONE.equals(call.text("lease"));
    boolean force = StandbyWishes.flag(call, "force");
    @Nullable Duration lease = ends ? null : lease(call);
    return targets
        .find(target)
        .onFailure()
        .transform(TargetAnswers::explained)
        .flatMap(found -> lease == null ? setup.end(found, force) : setup.set(found, lease))
        .invoke(watch::heard)
        .onFailure(IllegalStateException.class)
        .transform(e -> AdminException.conflict("NoPrimary", String.valueOf(e.getMessage())))
        .onFailure(IOException.class)
        .transform(
            e ->
                AdminException.conflict(
                    "TargetUnusable",
                    e.getMessage()
                        + (ends && !force
                            ? " (--force ends the lease without it; first see that no standby takes"
                                + " over)"
                            : "")))
        .onFailure()
        .transform(RoleAnswers::explained)
        .map(
            role ->
                AdminAnswer.ok(
                    new JsonObject()
                        .put("epoch", role.getEpoch())
                        .put("target", target)
                        .put("leaseSeconds", role.getLease().getLeaseMs() / 1_000)));
  }

  private static Duration lease(AdminCall call) {
    try {
      Duration lease = TimeSpan.parse(String.valueOf(call.text("lease")));
      if (lease.compareTo(Epoch.LEASE_MIN) < 0
          || lease.compareTo(Epoch.LEASE_MAX) > 0
          || lease.toMillis() % 1_000 != 0) {
        throw AdminException.invalid("a lease is none, or 5s to 10m in whole seconds");
      }
      return lease;
    } catch (IllegalArgumentException e) {
      throw AdminException.invalid(String.valueOf(e.getMessage()));
    }
  }
}
