package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutRole;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.WriteGate;

/** Sets what the cluster is to others: nobody's, a standby, or fenced. */
record PutRoleCommand(PutRole command) implements ShardCommand {
  static final int NOTICE_LENGTH_MAX = 1_000;
  static final int BYTES_MAX = 64 << 10;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    RoleRecord wanted = command.getRole();
    requireValid(wanted);
    RoleRecord found = context.rows().get(Family.META, KeyCodec.ROLE, RoleRecord.parser());
    RoleRecord current = found == null ? RoleRecord.getDefaultInstance() : found;
    if (current.getRevision() != command.getExpectedRevision()) {
      throw new RefusedException(
          RefusalCode.CONFLICT,
          "The role of the cluster was changed meanwhile: it has revision "
              + current.getRevision()
              + ".");
    }
    requireKept(current, wanted);
    requireClaimEnds(current, wanted);
    RoleRecord.Builder next =
        wanted.toBuilder()
            .clearProgress()
            .setRevision(current.getRevision() + 1)
            .setSinceMs(
                found != null && wanted.getRole() == current.getRole()
                    ? current.getSinceMs()
                    : context.nowMs());
    setEpoch(next, current);
    if (next.hasLease()) {
      next.getLeaseBuilder()
          .setRevision(
              isSame(current.getLease(), wanted.getLease())
                  ? current.getLease().getRevision()
                  : next.getRevision());
    }
    if (next.hasFence() && next.getFence().getSinceMs() == 0) {
      next.getFenceBuilder().setSinceMs(context.nowMs());
    }
    if (current.hasTakeover()
        && !wanted.hasTakeover()
        && wanted.getRole() != RoleRecord.Role.STANDBY) {
      next.setTakeover(current.getTakeover());
    }
    if (followsTheSame(current, wanted)) {
      next.setProgress(current.getProgress());
    }
    RoleRecord role = next.build();
    WriteGates.set(context, gate(role));
    context.rows().put(Family.META, KeyCodec.ROLE, role);
    return Outcome.newBuilder().setRole(role);
  }

  /** Of one place epochs only grow; a number of another place says nothing about this one. */
  private static void setEpoch(RoleRecord.Builder next, RoleRecord current) {
    boolean moves =
        next.hasEpochPlace()
            && current.hasEpochPlace()
            && !next.getEpochPlace().getUrl().equals(current.getEpochPlace().getUrl());
    if (moves) {
      return;
    }
    next.setEpoch(Math.max(next.getEpoch(), current.getEpoch()));
    if (!next.hasEpochPlace() && current.hasEpochPlace()) {
      next.setEpochPlace(current.getEpochPlace());
    }
  }

  private static boolean isSame(LeaseTerms one, LeaseTerms other) {
    return one.getEpoch() == other.getEpoch()
        && one.getLeaseMs() == other.getLeaseMs()
        && one.getTarget().equals(other.getTarget());
  }

  private static void requireValid(RoleRecord role) throws RefusedException {
    if (role.getRole() == RoleRecord.Role.UNRECOGNIZED) {
      throw ApplyContext.invalid("This role is not known.");
    }
    if (role.getNotice().length() > NOTICE_LENGTH_MAX || role.getSerializedSize() > BYTES_MAX) {
      throw ApplyContext.invalid("A role takes at most 64 KiB, its notice 1,000 characters.");
    }
    if (role.getRole() == RoleRecord.Role.STANDBY
        && (role.getTerms().getTarget().getUrl().isEmpty()
            || role.getTerms().getClusterId().isEmpty())) {
      throw ApplyContext.invalid("A standby follows a cluster at a target.");
    }
    if (role.hasLease()) {
      requireLease(role.getLease());
    }
    if (role.hasPromotion() && role.getRole() != RoleRecord.Role.STANDBY) {
      throw ApplyContext.invalid("Only a standby is promoted.");
    }
  }

  /** What it had is replaced by what it follows: only when that is kept. */
  private static void requireKept(RoleRecord current, RoleRecord wanted) throws RefusedException {
    if (current.getRole() == RoleRecord.Role.FENCED
        && wanted.getRole() == RoleRecord.Role.STANDBY
        && current.getFence().getSnapshot().isEmpty()) {
      throw new RefusedException(
          RefusalCode.CONFLICT,
          "What this cluster had when it was fenced is not kept as a snapshot yet.");
    }
  }

  /**
   * Who may have said at the target that it is the primary ends that as the primary, of that epoch,
   * or when another has it: the cluster before holds its lease until then.
   */
  private static void requireClaimEnds(RoleRecord current, RoleRecord wanted)
      throws RefusedException {
    long claiming = claiming(current);
    boolean goesOn = claiming(wanted) == claiming && wanted.getPromotion().getEpoch() <= claiming;
    boolean isGivenUp =
        wanted.getRole() == RoleRecord.Role.STANDBY
            && !wanted.getPromotion().getGivenUp().isEmpty();
    boolean isPrimary =
        wanted.getRole() == RoleRecord.Role.ORDINARY
            && current.getPromotion().getEpoch() == claiming
            && wanted.getEpoch() == claiming;
    if (claiming != 0 && !goesOn && !isGivenUp && !isPrimary) {
      throw new RefusedException(
          RefusalCode.CONFLICT,
          "This cluster is being promoted, and may have epoch " + claiming + " at the target.");
    }
  }

  private static long claiming(RoleRecord role) {
    return role.getRole() == RoleRecord.Role.STANDBY && role.getPromotion().getGivenUp().isEmpty()
        ? role.getPromotion().getClaiming()
        : 0;
  }

  private static void requireLease(LeaseTerms lease) throws RefusedException {
    if (lease.getEpoch() == 0
        || lease.getLeaseMs() == 0
        || lease.getLeaseMs() % 1_000 != 0
        || lease.getTarget().getUrl().isEmpty()) {
      throw ApplyContext.invalid("A lease has an epoch, a span of whole seconds and a target.");
    }
  }

  /** A position belongs to a cluster, and to a place. */
  private static boolean followsTheSame(RoleRecord current, RoleRecord wanted) {
    StandbyTerms before = current.getTerms();
    StandbyTerms after = wanted.getTerms();
    return current.getRole() == RoleRecord.Role.STANDBY
        && wanted.getRole() == RoleRecord.Role.STANDBY
        && before.getClusterId().equals(after.getClusterId())
        && before.getTarget().getUrl().equals(after.getTarget().getUrl());
  }

  private static WriteGate gate(RoleRecord role) {
    WriteGate.Builder gate = WriteGate.newBuilder().setRevision(role.getRevision());
    return role.getRole() == RoleRecord.Role.ORDINARY
        ? gate.setLease(role.getLease().getRevision()).build()
        : gate.setClosed(true).setNotice(role.getNotice()).build();
  }
}
