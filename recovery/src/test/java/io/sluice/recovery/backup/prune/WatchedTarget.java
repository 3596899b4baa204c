package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** A target whose deletions a test can watch and refuse. */
final class WatchedTarget implements BackupTarget {
  /** What is done before each deletion. */
  @FunctionalInterface
  interface Watch {
    void delete(String name) throws IOException;
  }

  private final BackupTarget target;
  private Watch watch = name -> {};

  WatchedTarget(BackupTarget target) {
    this.target = target;
  }

  void watch(Watch watch) {
    this.watch = watch;
  }

  @Override
  public NewFile create(String name) throws IOException {
    return target.create(name);
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    target.claim(name, bytes);
  }

  @Override
  public StoredFile open(String name) throws IOException {
    return target.open(name);
  }

  @Override
  public void list(String prefix, Consumer<FileStatus> each) throws IOException {
    target.list(prefix, each);
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    return target.folders(folder);
  }

  @Override
  public void delete(String name) throws IOException {
    watch.delete(name);
    target.delete(name);
  }

  @Override
  public void clearAbandoned(Instant before) throws IOException {
    target.clearAbandoned(before);
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
