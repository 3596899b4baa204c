package io.sluice.recovery.backup.target;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** A new file of a directory: hidden until it is whole and durable. */
final class DirectoryFile implements NewFile {
  private static final String SUFFIX = ".unfinished";

  private final Path place;
  private final Path directory;
  private final Path hidden;
  private final FileChannel channel;

  private DirectoryFile(Path place, Path directory, Path hidden, FileChannel channel) {
    this.place = place;
    this.directory = directory;
    this.hidden = hidden;
    this.channel = channel;
  }

  /**
   * @param place in a directory that is there
   */
  static DirectoryFile create(Path place) throws IOException {
    Path directory = place.toAbsolutePath().getParent();
    if (directory == null) {
      throw new FileSystemException(place.toString(), null, "is no place for a file");
    }
    Path hidden = directory.resolve("." + UUID.randomUUID() + SUFFIX);
    FileChannel channel =
        FileChannel.open(hidden, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new DirectoryFile(place, directory, hidden, channel);
  }

  /** Whether a path is what a writer that ended too early leaves behind. */
  static boolean isUnfinished(Path path) {
    String name = String.valueOf(path.getFileName());
    return name.startsWith(".") && name.endsWith(SUFFIX);
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void commit() throws IOException {
    commit(false);
  }

  /** The same, and of several writers at the same moment one alone succeeds, or none. */
  void commitAlone() throws IOException {
    commit(true);
  }

  private void commit(boolean alone) throws IOException {
    channel.force(true);
    try {
      link(alone);
    } catch (FileAlreadyExistsException e) {
      if (Files.mismatch(place, hidden) >= 0) {
        throw new FileAlreadyExistsException(
            place.toString(), null, "is there with other bytes, and stays as it is");
      }
    }
    Files.deleteIfExists(hidden);
    // Also when it was there: whoever made it may have ended before this.
    DurableDirectory.sync(directory);
  }

  private void link(boolean alone) throws IOException {
    try {
      Files.createLink(place, hidden);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      if (alone) {
        throw new FileSystemException(
            place.toString(),
            null,
            "can't be claimed: this file system has no hard links, and two could have it");
      }
      // A file system without links. Names are made to be unique, so nobody makes this one between
      // the question and the rename.
      if (Files.exists(place)) {
        throw new FileAlreadyExistsException(place.toString());
      }
      Files.move(hidden, place, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(hidden);
  }
}
