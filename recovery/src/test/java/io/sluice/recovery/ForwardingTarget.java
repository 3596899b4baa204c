package io.sluice.recovery;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** A target that stays open, and tells when it was asked something. */
class ForwardingTarget implements BackupTarget {
  private final BackupTarget target;

  ForwardingTarget(BackupTarget target) {
    this.target = target;
  }

  /** After what was asked was done, and before that is told. */
  void answered() throws IOException {}

  @Override
  public NewFile create(String name) throws IOException {
    NewFile file = target.create(name);
    answered();
    return file;
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    target.claim(name, bytes);
    answered();
  }

  @Override
  public StoredFile open(String name) throws IOException {
    StoredFile file = target.open(name);
    answered();
    return file;
  }

  @Override
  public void list(String prefix, Consumer<FileStatus> each) throws IOException {
    target.list(prefix, each);
    answered();
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    List<String> folders = target.folders(folder);
    answered();
    return folders;
  }

  @Override
  public void delete(String name) throws IOException {
    target.delete(name);
  }

  @Override
  public void clearAbandoned(Instant before) throws IOException {
    target.clearAbandoned(before);
  }

  @Override
  public void close() {}
}
