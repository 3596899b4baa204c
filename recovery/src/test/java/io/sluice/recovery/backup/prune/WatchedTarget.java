package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.ForwardingTarget;
import java.io.IOException;

/** A target whose deletions a test can watch and refuse. */
final class WatchedTarget extends ForwardingTarget {
  /** What is done before each deletion. */
  @FunctionalInterface
  interface Watch {
    void delete(String name) throws IOException;
  }

  private Watch watch = name -> {};

  WatchedTarget(BackupTarget target) {
    super(target);
  }

  void watch(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void delete(String name) throws IOException {
    watch.delete(name);
    super.delete(name);
  }
}
