package io.sluice.recovery.mirror;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;

/** A file on its way into a mirror, under another name until it is whole and durable. */
final class MirrorFile implements NewFile {
  private final Path unfinished;
  private final FileTime modified;
  private final Placing placing;
  private final FileChannel channel;

  /** Brings a file that is whole to its place. */
  @FunctionalInterface
  interface Placing {
    void place(Path written) throws IOException;
  }

  /**
   * @param unfinished a name that nobody has
   */
  MirrorFile(Path unfinished, long modifiedMs, Placing placing) throws IOException {
    this.unfinished = unfinished;
    this.modified = FileTime.fromMillis(modifiedMs);
    this.placing = placing;
    this.channel =
        FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /**
   * Writes a small file as a whole, durably, in the stead of another.
   *
   * @param unfinished a name that nobody has
   * @param place in a directory that is there
   */
  static void write(Path unfinished, byte[] bytes, Path place) throws IOException {
    try {
      try (FileChannel file =
          FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
          file.write(left);
        }
        file.force(true);
      }
      Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    DurableDirectory.sync(directory(place));
  }

  private static Path directory(Path place) throws IOException {
    Path directory = place.getParent();
    if (directory == null) {
      throw new FileSystemException(place.toString(), null, "is no place for a file");
    }
    return directory;
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void commit() throws IOException {
    Files.setLastModifiedTime(unfinished, modified);
    channel.force(true);
    channel.close();
    placing.place(unfinished);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(unfinished);
  }
}
