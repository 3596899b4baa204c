package io.sluice.recovery.standby;

import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a primary that was overtaken: it takes no client's write any more, in no shard,
 * and keeps what it has as a snapshot. Each step can be done again, by any node.
 *
 * <p>Any thread.
 */
public final class Fencing {
  private static final Logger log = LoggerFactory.getLogger(Fencing.class);

  private final ClusterRole role;
  private final SnapshotCatalog snapshots;
  private final UUID cluster;

  /**
   * @param cluster this one
   */
  public Fencing(MetadataStore metadata, UUID cluster) {
    this.role = new ClusterRole(metadata);
    this.snapshots = new SnapshotCatalog(metadata);
    this.cluster = cluster;
  }

  /** Of the snapshot of what a cluster had when it was overtaken, or demoted. */
  private static String name(RoleRecord fenced) {
    return isNobodys(fenced)
        ? "demoted-" + fenced.getRevision()
        : "diverged-epoch-" + fenced.getFence().getEpoch();
  }

  /**
   * Fences the cluster, unless it is no primary any more. One that was demoted learns who is.
   *
   * @param by another cluster
   * @return what it is then; fails with a {@link StorageFailure}, and is to be tried again
   */
  public Uni<RoleRecord> fence(Successor by) {
    return fence(by, null);
  }

  /**
   * The same, of an epoch at a place.
   *
   * @param place null: where this cluster has its own
   */
  Uni<RoleRecord> fence(Successor by, @Nullable TargetRecord place) {
    Epoch greater = by.epoch();
    if (greater.cluster().equals(cluster)) {
      throw new IllegalArgumentException("epoch " + greater.number() + " is this cluster's own");
    }
    return role.get()
        .flatMap(
            now ->
                now.getRole() == RoleRecord.Role.ORDINARY || isNobodys(now)
                    ? role.put(fenced(by, now, place), now.getRevision())
                        .invoke(done -> tell(by, now))
                    : Uni.createFrom().item(now))
        .flatMap(this::keep);
  }

  private static void tell(Successor by, RoleRecord before) {
    Epoch greater = by.epoch();
    String last = before.getFence().getLastSet();
    if (by.applied().filter(applied -> applied.set().text().equals(last)).isPresent()) {
      log.info(
          "Cluster {} took over at {} from this one, which was demoted, with all it had",
          greater.cluster(),
          greater.at());
    } else {
      log.error(
          "This cluster is fenced: cluster {} is the primary since {}",
          greater.cluster(),
          greater.at());
    }
  }

  /** Whether it was demoted, and nobody took over yet as far as is known here. */
  static boolean isNobodys(RoleRecord now) {
    return now.getRole() == RoleRecord.Role.FENCED && now.getFence().getClusterId().isEmpty();
  }

  private static RoleRecord fenced(Successor by, RoleRecord now, @Nullable TargetRecord place) {
    Epoch greater = by.epoch();
    Fence.Builder fence =
        now.getFence().toBuilder()
            .setEpoch(greater.number())
            .setClusterId(greater.cluster().toString())
            .clearTakenOverAt()
            .addAllTakenOverAt(by.takenOverAt());
    by.applied()
        .ifPresent(
            applied ->
                fence
                    .setAppliedSet(applied.set().text())
                    .clearAppliedPositions()
                    .addAllAppliedPositions(applied.positions()));
    RoleRecord.Builder fenced = RoleRecord.newBuilder();
    if (place != null) {
      fenced.setEpochPlace(place);
    }
    return fenced
        .setRole(RoleRecord.Role.FENCED)
        .setEpoch(greater.number())
        .setNotice(
            "Cluster %s is the primary since epoch %d; this one takes no writes."
                .formatted(greater.cluster(), greater.number()))
        .setFence(fence)
        .build();
  }

  /**
   * Keeps what a fenced cluster has, if that is not done yet: the gates are closed, so nothing is
   * acknowledged any more that would not be in it.
   */
  public Uni<RoleRecord> keep(RoleRecord now) {
    if (now.getRole() != RoleRecord.Role.FENCED || !now.getFence().getSnapshot().isEmpty()) {
      return Uni.createFrom().item(now);
    }
    // A client's write may have been applied before its shard's gate followed the role.
    return role.settle(now)
        .chain(snapshots::list)
        .flatMap(all -> kept(all, now))
        .flatMap(
            name ->
                role.put(
                    now.toBuilder().setFence(now.getFence().toBuilder().setSnapshot(name)).build(),
                    now.getRevision()));
  }

  /**
   * The name of the snapshot, which is made if it is not there. What has the name may be of another
   * time: each place counts its epochs from 1, and an operator names snapshots as they like. Such a
   * one lacks what came since, and then the name has the role's revision too, which is no other's.
   */
  private Uni<String> kept(List<SnapshotRow> all, RoleRecord fenced) {
    String usual = name(fenced);
    boolean isTaken =
        all.stream()
            .anyMatch(row -> row.getName().equals(usual) && !isSince(row, fenced.getFence()));
    String name = isTaken ? usual + "-" + fenced.getRevision() : usual;
    boolean isMade =
        all.stream().anyMatch(row -> row.getName().equals(name) && row.getPositionsCount() > 0);
    return isMade ? Uni.createFrom().item(name) : snapshots.create(name, "", 0).replaceWith(name);
  }

  /** By the time of shard 0, which stands still after its clock was ahead: then it is not known. */
  private static boolean isSince(SnapshotRow row, Fence fence) {
    return row.getCreatedMs() > fence.getSinceMs() && row.getBucket().isEmpty();
  }
}
