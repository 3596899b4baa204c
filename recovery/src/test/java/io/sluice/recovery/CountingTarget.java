package io.sluice.recovery;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** A target that notes what is asked of it, and stays open. */
final class CountingTarget extends ForwardingTarget {
  private final List<String> created = new CopyOnWriteArrayList<>();
  private final List<String> opened = new CopyOnWriteArrayList<>();
  private final List<String> listed = new CopyOnWriteArrayList<>();

  private final LongAdder names = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  CountingTarget(BackupTarget target) {
    super(target);
  }

  List<String> created() {
    return created;
  }

  List<String> opened() {
    return opened;
  }

  List<String> listed() {
    return listed;
  }

  /** That were in listings. */
  long names() {
    return names.sum();
  }

  long requests() {
    return (long) created.size() + opened.size() + listed.size();
  }

  long bytesWritten() {
    return bytes.sum();
  }

  void clear() {
    bytes.reset();
    names.reset();
    created.clear();
    opened.clear();
    listed.clear();
  }

  @Override
  public NewFile create(String name) throws IOException {
    created.add(name);
    NewFile file = super.create(name);
    return new NewFile() {
      @Override
      public void write(ByteBuffer more) throws IOException {
        bytes.add(more.remaining());
        file.write(more);
      }

      @Override
      public void commit() throws IOException {
        file.commit();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    created.add(name);
    super.claim(name, bytes);
  }

  @Override
  public StoredFile open(String name) throws IOException {
    opened.add(name);
    return super.open(name);
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    listed.add(prefix);
    super.list(
        prefix,
        after,
        file -> {
          names.increment();
          each.accept(file);
        });
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    listed.add(folder);
    return super.folders(folder);
  }

  /** It is the test's. */
  @Override
  public void close() {}
}
