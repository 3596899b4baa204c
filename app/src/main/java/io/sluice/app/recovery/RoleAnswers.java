package io.sluice.app.recovery;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminException;
import io.sluice.recovery.standby.ClusterRole;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.smallrye.mutiny.Uni;
import java.time.Clock;

/** What calls that change the role of the cluster share. */
final class RoleAnswers {
  private final ClusterRole roles;
  private final RoleWatch watch;
  private final Clock clock;

  RoleAnswers(ClusterRole roles, RoleWatch watch, Clock clock) {
    this.roles = roles;
    this.watch = watch;
    this.clock = clock;
  }

  AdminAnswer of(RoleRecord role) {
    return AdminAnswer.ok(StandbyJson.of(role, clock));
  }

  /**
   * Puts a role, and answers with it.
   *
   * @param before what the cluster was, as far as the caller knows; refused when it is another now
   */
  Uni<AdminAnswer> put(RoleRecord wanted, RoleRecord before) {
    return roles
        .put(wanted, before.getRevision())
        .invoke(watch::heard)
        .onFailure()
        .transform(RoleAnswers::explained)
        .map(this::of);
  }

  /** What a refusal of the metadata is to who called; other failures are as they were. */
  static Throwable explained(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
            && (refused.code() == RefusalCode.CONFLICT
                || refused.code() == RefusalCode.FORMAT_NOT_ACTIVE)
        ? AdminException.conflict("Refused", refused.refusal().getMessage())
        : failure;
  }
}
