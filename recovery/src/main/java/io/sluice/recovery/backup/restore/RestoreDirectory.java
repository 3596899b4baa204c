package io.sluice.recovery.backup.restore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The directory that is restored to: a directory for each bucket, {@code _metadata}, and meanwhile
 * one for what is not finished. Nothing is ever written outside of it: links in it are not
 * followed. Blocks; safe for use by many threads.
 */
final class RestoreDirectory implements Closeable {
  private static final String UNFINISHED = ".sluice-restore";
  private static final String METADATA = "_metadata";
  private static final int KNOWN_MAX = 10_000;

  private final Path root;
  private final boolean overwrite;
  private final Path unfinished;
  private final AtomicLong numbers = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<Path, Boolean> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Boolean> eldest) {
          return size() > KNOWN_MAX;
        }
      };

  private RestoreDirectory(Path root, boolean overwrite) {
    this.root = root;
    this.overwrite = overwrite;
    this.unfinished = root.resolve(UNFINISHED);
  }

  /**
   * Opens the directory, or makes it.
   *
   * @param overwrite whether there may be something in it
   * @throws DirectoryNotEmptyException when there is, and it may not; nothing was changed
   */
  static RestoreDirectory open(Path directory, boolean overwrite) throws IOException {
    Path root = directory.toAbsolutePath().normalize();
    if (!overwrite && Files.isDirectory(root)) {
      try (Stream<Path> there = Files.list(root)) {
        if (there.findAny().isPresent()) {
          throw new DirectoryNotEmptyException(root.toString());
        }
      }
    }
    Files.createDirectories(root);
    RestoreDirectory opened = new RestoreDirectory(root, overwrite);
    opened.clear();
    opened.makeDirectory(opened.unfinished);
    return opened;
  }

  Path root() {
    return root;
  }

  /** A new name for a file that is not finished. */
  Path nextUnfinished() {
    return unfinished.resolve(Long.toString(numbers.getAndIncrement()));
  }

  /** Where the metadata of a bucket's objects goes. */
  Path metadata(String bucketDirectory) throws IOException {
    makeDirectory(root.resolve(METADATA));
    return root.resolve(METADATA).resolve(bucketDirectory + ".jsonl");
  }

  /**
   * Makes the directories of a path.
   *
   * @param path names of directories, and last that of a file
   * @return where the file goes
   * @throws FileAlreadyExistsException when something else is in the place of one of them
   */
  Path place(List<String> path) throws IOException {
    Path directory = root;
    for (String name : path.subList(0, path.size() - 1)) {
      directory = directory.resolve(name);
      if (!isKnown(directory)) {
        makeDirectory(directory);
      }
    }
    Path place = directory.resolve(path.get(path.size() - 1));
    if (overwrite && Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(place.toString(), null, "a directory is in its place");
    }
    return place;
  }

  private boolean isKnown(Path directory) {
    lock.lock();
    try {
      return known.containsKey(directory);
    } finally {
      lock.unlock();
    }
  }

  private void makeDirectory(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileSystemException(directory.toString(), null, "is there, and is no directory");
      }
    }
    lock.lock();
    try {
      known.put(directory, true);
    } finally {
      lock.unlock();
    }
  }

  private void clear() throws IOException {
    if (!Files.isDirectory(unfinished, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> left = Files.list(unfinished)) {
      for (Path file : (Iterable<Path>) left::iterator) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(unfinished);
  }

  /** Removes what was not finished. */
  @Override
  public void close() throws IOException {
    clear();
  }
}
