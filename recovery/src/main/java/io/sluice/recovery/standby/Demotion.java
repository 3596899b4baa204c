package io.sluice.recovery.standby;

import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.Positions;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.function.Function;

/**
 * How a primary hands over as planned: it takes no write any more, keeps what it has as a snapshot,
 * and has a set made that holds all of that. Until that set is complete it is not yet over: whoever
 * would take over before lacked the rest. Each step can be done again, by any node.
 *
 * <p>Methods return at once and may be called on any thread; they fail with {@link StorageFailure}.
 */
public final class Demotion {
  private final ClusterRole roles;
  private final TargetRecords targets;
  private final SnapshotCatalog snapshots;
  private final Fencing fencing;
  private final Function<String, Uni<TargetRecord>> backup;

  /**
   * @param backup asks for an incremental one to a target
   */
  public Demotion(
      MetadataStore metadata, Fencing fencing, Function<String, Uni<TargetRecord>> backup) {
    this.roles = new ClusterRole(metadata);
    this.targets = new TargetRecords(metadata);
    this.snapshots = new SnapshotCatalog(metadata);
    this.fencing = fencing;
    this.backup = backup;
  }

  /** Whether its last set is not complete yet, and nobody took over meanwhile. */
  public static boolean isUnderWay(RoleRecord role) {
    return Fencing.isNobodys(role) && role.getFence().getLastSet().isEmpty();
  }

  /**
   * Begins, or goes on with another target. When it has answered, nothing of a client's is
   * acknowledged any more.
   *
   * @param now ordinary, or one that is under way
   * @param target has a set that another can build on
   */
  public Uni<RoleRecord> begin(RoleRecord now, String target) {
    if (isUnderWay(now)) {
      return now.getFence().getTarget().equals(target)
          ? Uni.createFrom().item(now)
          : roles.put(
              now.toBuilder().setFence(now.getFence().toBuilder().setTarget(target)).build(),
              now.getRevision());
    }
    RoleRecord.Builder demoted =
        RoleRecord.newBuilder()
            .setRole(RoleRecord.Role.FENCED)
            .setEpoch(now.getEpoch())
            .setFence(
                Fence.newBuilder().setEpoch(now.getEpoch()).setDemoted(true).setTarget(target))
            .setNotice(
                "This cluster was demoted: it can be read, and written to only at the new primary.");
    if (now.hasLease()) {
      demoted.setLease(now.getLease()); // for when it is the primary after all
    }
    return roles.put(demoted.build(), now.getRevision());
  }

  /**
   * Does what is next.
   *
   * @return what the cluster is then; its last set is complete when {@link #isUnderWay} says no
   */
  public Uni<RoleRecord> goOn(RoleRecord now) {
    if (!isUnderWay(now)) {
      return Uni.createFrom().item(now);
    }
    return fencing
        .keep(now)
        .flatMap(
            kept ->
                targets.find(kept.getFence().getTarget()).flatMap(target -> makeLast(kept, target)))
        // Somebody does the same, or another set is being made: then the next call goes on.
        .onFailure(Demotion::isOvertaken)
        .recoverWithUni(roles::get);
  }

  private static boolean isOvertaken(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && (refused.code() == RefusalCode.CONFLICT
            || refused.code() == RefusalCode.SNAPSHOT_EXISTS);
  }

  /** A set that began earlier may be under way: it is none that holds everything. */
  private Uni<RoleRecord> makeLast(RoleRecord kept, TargetRecord target) {
    return snapshots
        .find(kept.getFence().getSnapshot())
        .flatMap(
            moment -> {
              if (holds(target.getLast(), moment.getPositionsList())) {
                Fence.Builder done =
                    kept.getFence().toBuilder().setLastSet(target.getLast().getSetId());
                return roles.put(kept.toBuilder().setFence(done).build(), kept.getRevision());
              }
              return target.hasJob()
                  ? Uni.createFrom().item(kept)
                  : backup.apply(target.getName()).replaceWith(kept);
            });
  }

  private static boolean holds(BackupPoint last, List<ShardPosition> moment) {
    return !last.getLost() && Positions.holds(last.getPositionsList(), moment);
  }
}
