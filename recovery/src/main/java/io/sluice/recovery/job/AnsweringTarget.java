package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Says each time that a target has answered, so that one which works for long can be told from one
 * that hangs.
 */
final class AnsweringTarget extends ForwardingTarget {
  private final Runnable answered;

  AnsweringTarget(BackupTarget target, Runnable answered) {
    super(target);
    this.answered = answered;
  }

  @Override
  public NewFile create(String name) throws IOException {
    NewFile file = super.create(name);
    answered.run();
    return new AnsweringNewFile(file, answered);
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    super.claim(name, bytes);
    answered.run();
  }

  @Override
  public StoredFile open(String name) throws IOException {
    StoredFile file = super.open(name);
    answered.run();
    return new AnsweringStoredFile(file, answered);
  }

  @Override
  public void list(String prefix, Consumer<FileStatus> each) throws IOException {
    super.list(
        prefix,
        file -> {
          answered.run();
          each.accept(file);
        });
    answered.run();
  }

  @Override
  public void delete(String name) throws IOException {
    super.delete(name);
    answered.run();
  }

  private record AnsweringNewFile(NewFile file, Runnable answered) implements NewFile {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
      file.write(bytes);
      answered.run();
    }

    @Override
    public void commit() throws IOException {
      file.commit();
      answered.run();
    }

    @Override
    public void close() throws IOException {
      file.close();
      answered.run();
    }
  }

  private record AnsweringStoredFile(StoredFile file, Runnable answered) implements StoredFile {
    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      file.read(offset, into);
      answered.run();
    }

    @Override
    public void close() throws IOException {
      file.close();
      answered.run();
    }
  }
}
