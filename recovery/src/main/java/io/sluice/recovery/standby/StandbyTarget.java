package io.sluice.recovery.standby;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Where a standby meets the cluster that it follows. Methods return at once; they fail with {@link
 * IOException}, whose message is for people. Any thread.
 */
public final class StandbyTarget {
  private final BackupGround on;
  private final TargetRecord target;

  public StandbyTarget(BackupGround on, TargetRecord target) {
    this.on = on;
    this.target = target;
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
    if (BackupCatalog.load(new BackupFiles(opened, chosen, key)).newest().isEmpty()) {
      throw new IOException(
          "cluster %s has no complete backup there yet: make one first".formatted(chosen));
    }
    return chosen;
  }

  private static UUID choose(List<UUID> others, @Nullable UUID wanted) throws IOException {
    if (wanted != null) {
      if (!others.contains(wanted)) {
        throw new IOException(
            "there are no backups of cluster %s there%s"
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

  /** The greatest epoch there. */
  public Uni<Optional<Epoch>> epoch() {
    return look(opened -> new Epochs(opened).latest());
  }

  /**
   * Claims to be the primary, with the lease of the one before. An epoch that this cluster had in
   * an earlier life, and knows of, is none for this one.
   *
   * @return the epoch that counts then: another's, when that was quicker
   */
  Uni<Epoch> claim(RoleRecord role) {
    return look(
        opened -> {
          Epochs epochs = new Epochs(opened);
          Optional<Epoch> latest = epochs.latest();
          long known = ClusterRole.epochAt(role, target);
          if (latest.isPresent() && isOwn(latest.get()) && latest.get().number() > known) {
            return latest.get(); // claimed by a run that ended before it wrote that down
          }
          if (latest.map(Epoch::number).orElse(0L) < known) {
            throw new IOException("epoch " + known + " is known, and is not in the target");
          }
          requireFollowed(role, latest);
          SetId applied = SetId.parse(role.getProgress().getSetId()).orElse(null);
          return epochs.claim(
              new Epoch(
                  latest.map(Epoch::number).orElse(0L) + 1,
                  on.clusterId(),
                  on.clock().instant(),
                  latest.map(Epoch::lease).orElse(Duration.ZERO),
                  applied == null
                      ? null
                      : new AppliedSet(UUID.fromString(role.getTerms().getClusterId()), applied),
                  role.getPromotion().getForced()));
        });
  }

  /** A cluster that took over from the one that is followed has what that one lost, and more. */
  private void requireFollowed(RoleRecord role, Optional<Epoch> latest) throws IOException {
    if (latest.isPresent()
        && !isOwn(latest.get())
        && !role.getPromotion().getForced()
        && !latest.get().cluster().toString().equals(role.getTerms().getClusterId())) {
      throw new IOException(
          "cluster %s is the primary, of epoch %d, and this one follows another"
              .formatted(latest.get().cluster(), latest.get().number()));
    }
  }

  private boolean isOwn(Epoch epoch) {
    return epoch.cluster().equals(on.clusterId());
  }

  private interface Look<T> {
    T at(BackupTarget opened) throws IOException;
  }

  private <T> Uni<T> look(Look<T> look) {
    Callable<T> step =
        () -> {
          try (BackupTarget opened = on.targets().open(target)) {
            return look.at(opened);
          }
        };
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> done = new CompletableFuture<>();
              try {
                on.lookers().execute(() -> run(step, done));
              } catch (RejectedExecutionException full) {
                done.completeExceptionally(
                    new IOException("too many look at targets just now; try again", full));
              }
              return done;
            });
  }

  private static <T> void run(Callable<T> step, CompletableFuture<T> done) {
    try {
      done.complete(step.call());
    } catch (Exception | Error e) { // whoever waits must hear of it
      done.completeExceptionally(e);
    }
  }
}
