package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import java.io.IOException;

/** A target whose deletions and small files a test can watch and refuse. */
final class WatchedTarget extends ForwardingTarget {
  /** What is done at a file. */
  @FunctionalInterface
  interface Watch {
    void at(String name) throws IOException;
  }

  private Watch watch = name -> {};
  private Watch deleted = name -> {};
  private Watch created = name -> {};

  WatchedTarget(BackupTarget target) {
    super(target);
  }

  /** Before each deletion. */
  void watch(Watch watch) {
    this.watch = watch;
  }

  /** After each deletion. */
  void watchDeleted(Watch watch) {
    this.deleted = watch;
  }

  /** Before each small file. */
  void watchCreated(Watch watch) {
    this.created = watch;
  }

  @Override
  public NewFile createRemovable(String name) throws IOException {
    created.at(name);
    return super.createRemovable(name);
  }

  @Override
  public void delete(String name) throws IOException {
    watch.at(name);
    super.delete(name);
    deleted.at(name);
  }
}
