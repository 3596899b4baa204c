package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/**
 * The target of a worker. Whose work is over asks for nothing more: a thread that hung for an hour
 * and wakes up ends with what it was in the middle of, at most one operation of the target. Closing
 * is always allowed; it leaves nothing behind.
 */
final class AnsweringTarget extends ForwardingTarget {
  private final Life worker;

  /** Of who works there; without an end of its own, unless it says so. */
  @FunctionalInterface
  interface Life {
    /** Throws when its work is over. */
    default void requireGoingOn() throws IOException {}

    /** Whether its work is over. */
    default boolean isOver() {
      return false;
    }

    /** The target has answered: it works, however long it takes. */
    void answered();
  }

  AnsweringTarget(BackupTarget target, Life worker) {
    super(target);
    this.worker = worker;
  }

  /** Asks for something. */
  @FunctionalInterface
  private interface Operation<T> {
    T ask() throws IOException;
  }

  private static <T> T ask(Life worker, Operation<T> operation) throws IOException {
    worker.requireGoingOn();
    T answer = operation.ask();
    worker.requireGoingOn();
    worker.answered();
    return answer;
  }

  /** For operations without a result. */
  @FunctionalInterface
  private interface Command {
    void run() throws IOException;
  }

  private static void run(Life worker, Command command) throws IOException {
    ask(
        worker,
        () -> {
          command.run();
          return true;
        });
  }

  /** What is opened for somebody who is gone by then is closed. */
  private static <T extends Closeable> T open(Life worker, Operation<T> operation)
      throws IOException {
    worker.requireGoingOn();
    T opened = operation.ask();
    try {
      worker.requireGoingOn();
    } catch (IOException over) {
      opened.close();
      throw over;
    }
    worker.answered();
    return opened;
  }

  @Override
  public NewFile create(String name) throws IOException {
    return new AnsweringNewFile(open(worker, () -> super.create(name)), worker);
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    run(worker, () -> super.claim(name, bytes));
  }

  @Override
  public NewFile createRemovable(String name) throws IOException {
    return new AnsweringNewFile(open(worker, () -> super.createRemovable(name)), worker);
  }

  @Override
  public StoredFile open(String name) throws IOException {
    return new AnsweringStoredFile(open(worker, () -> super.open(name)), worker);
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    run(
        worker,
        () ->
            super.list(
                prefix,
                after,
                file -> {
                  worker.answered();
                  if (!worker.isOver()) {
                    each.accept(file);
                  }
                }));
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    return ask(worker, () -> super.folders(folder));
  }

  @Override
  public void delete(String name) throws IOException {
    run(worker, () -> super.delete(name));
  }

  @Override
  public void clearAbandoned(Instant before) throws IOException {
    run(worker, () -> super.clearAbandoned(before));
  }

  private record AnsweringNewFile(NewFile file, Life worker) implements NewFile {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
      run(worker, () -> file.write(bytes));
    }

    @Override
    public void commit() throws IOException {
      run(worker, file::commit);
    }

    @Override
    public void close() throws IOException {
      file.close();
      worker.answered();
    }
  }

  private record AnsweringStoredFile(StoredFile file, Life worker) implements StoredFile {
    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      run(worker, () -> file.read(offset, into));
    }

    @Override
    public void close() throws IOException {
      file.close();
      worker.answered();
    }
  }
}
