package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.Verification;
import io.sluice.recovery.backup.VerificationResult;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.LastVerification;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Verifies backups, on the node that is asked: one verification at a time a target. Any thread. */
public final class BackupChecks implements AutoCloseable {
  private final BackupGround on;
  private final TargetTasks<VerificationResult> tasks;

  public BackupChecks(BackupGround on) {
    this.on = on;
    this.tasks = new TargetTasks<>(on, "sluice-backup-verify");
  }

  /**
   * Begins. It fails with {@link NoSuchFileException} when there is no such set, and with {@link
   * IOException} when the target can't be read; damage is in the result.
   *
   * @param set which one, with those of its chain; null: all
   * @param share of the packs whose bytes are read: more than 0, at most 1
   * @param seed which packs: the same seed, the same packs
   * @return empty when one is under way at that target
   */
  public Optional<TargetTask<VerificationResult>> begin(
      TargetRecord target, @Nullable SetId set, double share, long seed) {
    return tasks.begin(
        target.getName(),
        task -> {
          TargetWorker worker = tasks.worker(target);
          return tasks
              .step(worker, () -> verify(worker, target, set, share, seed, task))
              .call(result -> note(target, set, share, result));
        });
  }

  private VerificationResult verify(
      TargetWorker worker,
      TargetRecord record,
      @Nullable SetId set,
      double share,
      long seed,
      TargetTask<VerificationResult> task)
      throws IOException {
    try (BackupTarget target = worker.open()) {
      BackupFiles files = TargetSets.files(target, on.clusterId(), record);
      BackupCatalog catalog = BackupCatalog.load(files);
      Verification verification =
          new Verification(
              files,
              catalog,
              share,
              seed,
              (done, all) -> {
                tasks.goOn();
                task.progress(done, all);
              });
      if (set == null) {
        requireLast(verification, record.getLast());
        requireLast(verification, record.getLastFull());
      }
      return verification.verify(wanted(catalog, set));
    }
  }

  /** No prune removes these. */
  private static void requireLast(Verification verification, BackupPoint last) {
    SetId.parse(last.getSetId()).ifPresent(verification::require);
  }

  /** So that recovery status knows when somebody looked last. */
  private Uni<Void> note(
      TargetRecord target, @Nullable SetId set, double share, VerificationResult result) {
    LastVerification verified =
        LastVerification.newBuilder()
            .setSetId(set == null ? target.getLast().getSetId() : set.text())
            .setObjects(result.objects())
            .setProblems(result.problems().size())
            .setEveryChunk(share >= 1)
            .setShare(share)
            .build();
    return new TargetRecords(on.metadata())
        .note(
            NoteTarget.newBuilder()
                .setTarget(target.getName())
                .setUrl(target.getUrl())
                .setVerified(verified)
                .build())
        .onFailure()
        .recoverWithNull(); // what was found is found
  }

  private static List<BackupSet> wanted(BackupCatalog catalog, @Nullable SetId set)
      throws NoSuchFileException {
    if (set == null) {
      return catalog.sets();
    }
    return catalog
        .find(set)
        .map(List::of)
        .or(() -> catalog.unreadable().containsKey(set) ? Optional.of(List.of()) : Optional.empty())
        .orElseThrow(() -> new NoSuchFileException(set.text()));
  }

  /** The last that was begun at a target by this node. */
  public Optional<TargetTask<VerificationResult>> find(String target) {
    return tasks.find(target);
  }

  @Override
  public void close() {
    tasks.close();
  }
}
