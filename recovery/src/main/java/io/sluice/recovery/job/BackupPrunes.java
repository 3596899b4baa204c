package io.sluice.recovery.job;

import io.sluice.storage.proto.TargetRecord;
import java.util.Optional;

/**
 * Removes backups that no rule of their target keeps, on the node that is asked: one prune at a
 * time a target. Any thread.
 */
public final class BackupPrunes implements AutoCloseable {
  private final BackupGround on;
  private final TargetRecords records;
  private final TargetTasks<PruneResult> tasks;

  public BackupPrunes(BackupGround on) {
    this.on = on;
    this.records = new TargetRecords(on.metadata());
    this.tasks = new TargetTasks<>(on, "sluice-backup-prune");
  }

  /**
   * Begins.
   *
   * @param dryRun only to say what would go
   * @return empty when one is under way at that target
   */
  public Optional<TargetTask<PruneResult>> begin(TargetRecord target, boolean dryRun) {
    return tasks.begin(
        target.getName(), task -> new PruneRun(on, records, tasks, task, target, dryRun).run());
  }

  /** The last that was begun at a target by this node. */
  public Optional<TargetTask<PruneResult>> find(String target) {
    return tasks.find(target);
  }

  @Override
  public void close() {
    tasks.close();
  }
}
