package io.sluice.recovery.backup;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileName;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A target in memory, whose files tests can damage, and that counts what is read. */
public final class MemoryTarget implements BackupTarget {
  private final NavigableMap<String, byte[]> files = new TreeMap<>();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLong opens = new AtomicLong();

  /** The files, to damage them. */
  public NavigableMap<String, byte[]> files() {
    return files;
  }

  public long reads() {
    return reads.get();
  }

  public long bytesRead() {
    return bytesRead.get();
  }

  public long opens() {
    return opens.get();
  }

  public void clearCounts() {
    reads.set(0);
    bytesRead.set(0);
    opens.set(0);
  }

  @Override
  public NewFile create(String name) {
    FileName.require(name);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    return new NewFile() {
      @Override
      public void write(ByteBuffer piece) {
        byte[] copy = new byte[piece.remaining()];
        piece.get(copy);
        bytes.writeBytes(copy);
      }

      @Override
      public void commit() throws IOException {
        byte[] there = files.putIfAbsent(name, bytes.toByteArray());
        if (there != null && !Arrays.equals(there, bytes.toByteArray())) {
          throw new FileAlreadyExistsException(name);
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    try (NewFile file = create(name)) {
      file.write(ByteBuffer.wrap(bytes));
      file.commit();
    }
  }

  @Override
  public StoredFile open(String name) throws IOException {
    byte[] bytes = files.get(name);
    if (bytes == null) {
      throw new NoSuchFileException(name);
    }
    opens.incrementAndGet();
    return new StoredFile() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public void read(long offset, ByteBuffer into) throws IOException {
        if (offset + into.remaining() > bytes.length) {
          throw new EOFException(name);
        }
        reads.incrementAndGet();
        bytesRead.addAndGet(into.remaining());
        into.put(bytes, (int) offset, into.remaining());
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) {
    files.forEach(
        (name, bytes) -> {
          if (name.startsWith(prefix) && name.compareTo(after) > 0) {
            each.accept(new FileStatus(name, bytes.length));
          }
        });
  }

  @Override
  public List<String> folders(String folder) {
    return files.keySet().stream()
        .filter(name -> name.startsWith(folder) && name.indexOf('/', folder.length()) > 0)
        .map(name -> name.substring(folder.length(), name.indexOf('/', folder.length())))
        .distinct()
        .toList();
  }

  @Override
  public void delete(String name) {
    files.remove(name);
  }

  @Override
  public void clearAbandoned(Instant before) {}

  @Override
  public void close() {}
}
