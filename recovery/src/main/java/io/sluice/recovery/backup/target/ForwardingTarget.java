package io.sluice.recovery.backup.target;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Hands everything on to another target; for those that change one thing of it. */
public class ForwardingTarget implements BackupTarget {
  private final BackupTarget target;

  /**
   * @param target is closed with this
   */
  public ForwardingTarget(BackupTarget target) {
    this.target = target;
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
  public NewFile createRemovable(String name) throws IOException {
    return target.createRemovable(name);
  }

  @Override
  public StoredFile open(String name) throws IOException {
    return target.open(name);
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    target.list(prefix, after, each);
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    return target.folders(folder);
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
  public String toString() {
    return target.toString();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
