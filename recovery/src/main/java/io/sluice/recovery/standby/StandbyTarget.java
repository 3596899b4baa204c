package io.sluice.recovery.standby;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.PrimaryLife;
import io.sluice.recovery.job.TargetLook;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a standby meets the cluster that it follows. Methods return at once; they fail with {@link
 * IOException}, whose message is for people. Any thread.
 */
public final class StandbyTarget {
  private final BackupGround on;
  private final TargetRecord target;
  private final Epochs.Known known;

  public StandbyTarget(BackupGround on, TargetRecord target) {
    this(on, target, new Epochs.Known());
  }

  /**
   * @param known of the epochs there, for one who looks again and again
   */
  public StandbyTarget(BackupGround on, TargetRecord target, Epochs.Known known) {
    this.on = on;
    this.target = target;
    this.known = known;
  }

  /**
   * The cluster to follow there, which has backups that can be read.
   *
   * @param wanted null: the only other one that has backups there
   */
  public Uni<UUID> find(@Nullable UUID wanted) {
    return look(opened -> find(opened, wanted));
  }

  private UUID find(BackupTarget opened, @Nullable UUID wanted) throws IOException {
    List<UUID> others =
        BackupFiles.clusters(opened).stream()
            .filter(cluster -> !cluster.equals(on.clusterId()))
            .toList();
    UUID chosen = choose(others, wanted);
    String keyFile = target.getKeyFile();
    TargetKey key = keyFile.isEmpty() ? null : TargetKey.load(Path.of(keyFile));
    BackupCatalog all = BackupCatalog.load(new BackupFiles(opened, chosen, key));
    if (all.newest().isEmpty()) {
      throw new IOException(
          "cluster %s has no complete backup there yet: make one first".formatted(chosen));
    }
    PrimaryLife life = life(epochs(opened).takeover(chosen));
    if (all.sets().stream().noneMatch(set -> life.holds(set.after()))) {
      throw life.nothingYet();
    }
    return chosen;
  }

  private static PrimaryLife life(Optional<Epoch> takeover) {
    return takeover
        .map(
            epoch ->
                PrimaryLife.of(epoch.cluster().toString(), epoch.number(), epoch.takenOverAt()))
        .orElse(PrimaryLife.ONLY);
  }

  /**
   * Since when the cluster that is followed is the primary: as it says there, or as it said at
   * another place where it fenced this one. Blocks.
   */
  static PrimaryLife life(Epochs there, RoleRecord role) throws IOException {
    String cluster = role.getTerms().getClusterId();
    PrimaryLife life = lifeThere(there, role, UUID.fromString(cluster));
    Fence fence = role.getFence();
    if (!fence.getClusterId().equals(cluster) || !life.holds(fence.getTakenOverAtList())) {
      return life;
    }
    return PrimaryLife.of(cluster, fence.getEpoch(), fence.getTakenOverAtList());
  }

  /**
   * What was applied when that epoch counted already is of the present life, and so is all that is
   * not before it.
   */
  private static PrimaryLife lifeThere(Epochs there, RoleRecord role, UUID cluster)
      throws IOException {
    try {
      return life(there.takeover(cluster));
    } catch (UnreadableEpochException unreadable) {
      StandbyProgress applied = role.getProgress();
      if (unreadable.number() > applied.getPositionEpoch()) {
        throw unreadable;
      }
      return new PrimaryLife(
          applied.getPositionsList(), "backup %s was applied".formatted(applied.getSetId()));
    }
  }

  private static UUID choose(List<UUID> others, @Nullable UUID wanted) throws IOException {
    if (wanted != null) {
      if (!others.contains(wanted)) {
        throw new IOException(
            "there are no backups of cluster %s there%s: run a full one there"
                .formatted(wanted, others.isEmpty() ? "" : ", but of " + others));
      }
      return wanted;
    }
    if (others.isEmpty()) {
      throw new IOException("there are no backups of another cluster there");
    }
    if (others.size() > 1) {
      throw new IOException(
          "there are backups of several other clusters; say one with --cluster-id: " + others);
    }
    return others.get(0);
  }

  private Epochs epochs(BackupTarget opened) {
    return new Epochs(opened, known);
  }

  /** Names beside the epochs there that do not count, and why. */
  public Uni<SortedMap<String, String>> strays() {
    return look(
        opened -> {
          Epochs epochs = epochs(opened);
          Optional<Epoch> unused = epochs.latest();
          return epochs.strays();
        });
  }

  /** The greatest epoch there. */
  public Uni<Optional<Epoch>> epoch() {
    return look(opened -> epochs(opened).latest());
  }

  /**
   * Who is the primary in place of this cluster there.
   *
   * @param seen the greatest epoch that this cluster knows of there; 0: none
   * @return empty when nobody has a greater one
   */
  Uni<Optional<Successor>> successor(long seen) {
    return look(opened -> epochs(opened).successor(on.clusterId(), seen));
  }

  /**
   * The epoch to claim: none that was there before is this cluster's claim, also where it had one
   * in an earlier life.
   */
  Uni<Long> next(RoleRecord role) {
    return look(
        opened -> {
          Epochs epochs = epochs(opened);
          Optional<Epoch> latest = require(role, epochs.latest());
          requireLease(role, latest);
          long next = number(latest) + 1;
          if (!role.getPromotion().getForced()) {
            PrimaryLife life = life(epochs, role);
            if (!life.holds(role.getProgress().getPositionsList())) {
              throw life.nothingYet();
            }
          }
          return next;
        });
  }

  /**
   * Claims to be the primary, with the lease of the one before.
   *
   * @param role says which epoch is claimed; a run before may have done that already
   * @return this cluster's epoch; fails with {@link NotPromotedException} when that number can't be
   *     its own any more
   */
  Uni<Epoch> claim(RoleRecord role) {
    return new ClusterRole(on.metadata())
        .positions()
        .flatMap(positions -> look(opened -> claim(epochs(opened), role, positions)));
  }

  private Epoch claim(Epochs epochs, RoleRecord role, List<ShardPosition> positions)
      throws IOException {
    long number = role.getPromotion().getClaiming();
    Optional<Epoch> latest = epochs.latest();
    if (number(latest) >= number) {
      return requireOwn(latest.orElseThrow(), number);
    }
    require(role, latest);
    if (number(latest) != number - 1) {
      throw EpochNotes.missing(number - 1);
    }
    return requireOwn(epochs.claim(epoch(role, latest, positions)), number);
  }

  private Epoch epoch(RoleRecord role, Optional<Epoch> latest, List<ShardPosition> positions) {
    SetId applied = SetId.parse(role.getProgress().getSetId()).orElse(null);
    return new Epoch(
        role.getPromotion().getClaiming(),
        on.clusterId(),
        on.clock().instant(),
        latest.map(Epoch::lease).orElse(Duration.ZERO),
        applied == null
            ? null
            : new AppliedSet(
                UUID.fromString(role.getTerms().getClusterId()),
                applied,
                role.getProgress().getPositionsList()),
        role.getPromotion().getForced(),
        positions);
  }

  private static long number(Optional<Epoch> epoch) {
    return epoch.map(Epoch::number).orElse(0L);
  }

  private Epoch requireOwn(Epoch epoch, long number) throws NotPromotedException {
    if (epoch.number() != number || !isOwn(epoch)) {
      throw new NotPromotedException(
          "cluster %s was quicker, and has epoch %d".formatted(epoch.cluster(), epoch.number()));
    }
    return epoch;
  }

  /** A cluster that took over from the one that is followed has what that one lost, and more. */
  private Optional<Epoch> require(RoleRecord role, Optional<Epoch> latest) throws IOException {
    EpochNotes.requireSeen(role, target, latest);
    if (latest.isPresent()
        && !isOwn(latest.get())
        && !role.getPromotion().getForced()
        && !latest.get().cluster().toString().equals(role.getTerms().getClusterId())) {
      throw new NotPromotedException(
          "cluster %s is the primary, of epoch %d, and this one follows another"
              .formatted(latest.get().cluster(), latest.get().number()));
    }
    return latest;
  }

  /**
   * Nobody knows of a cluster that it is down because it does not answer. What is found here stands
   * for the claim too: that is of the number after this one, and nothing changes an epoch.
   */
  private static void requireLease(RoleRecord role, Optional<Epoch> latest)
      throws NotPromotedException {
    if (role.getPromotion().getAutomatic() && latest.filter(Epoch::hasLease).isEmpty()) {
      throw new NotPromotedException(
          "the primary holds no lease any more, so it may live and acknowledge writes");
    }
  }

  private boolean isOwn(Epoch epoch) {
    return epoch.cluster().equals(on.clusterId());
  }

  private <T> Uni<T> look(TargetLook<T> look) {
    return TargetLook.look(on, target, look);
  }
}
