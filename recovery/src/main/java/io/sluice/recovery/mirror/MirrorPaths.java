package io.sluice.recovery.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.recovery.backup.restore.PathNames;
import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The files of a mirrored bucket, by key. A name may be an object's and a directory of others', as
 * {@code a} and {@code a/b}: then the directory is {@code a%2F}. Keys come and go, so a directory
 * gets that name when such an object comes, and keeps it. Links are not followed.
 *
 * <p>Blocks; any thread. Directories are made, renamed and removed under a lock.
 */
final class MirrorPaths {
  private final Path root;
  private final PathNames names;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * @param root of the bucket, which is there
   */
  MirrorPaths(Path root, PathNames names) {
    this.root = root;
    this.names = names;
  }

  private List<String> names(String key) {
    return names.of(key.getBytes(UTF_8));
  }

  /** Where the file of a key is, if there is one; null: there can't be one. */
  @Nullable Path find(String key) {
    lock.lock();
    try {
      return look(names(key));
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Path look(List<String> path) {
    Path directory = directory(root, path.subList(0, path.size() - 1));
    return directory == null ? null : directory.resolve(path.get(path.size() - 1));
  }

  /** Where a directory is now; null: there is none. */
  static @Nullable Path directory(Path root, List<String> path) {
    Path directory = root;
    for (String name : path) {
      Path renamed = directory.resolve(name + PathNames.DIRECTORY_OF_OTHERS);
      directory = isDirectory(renamed) ? renamed : directory.resolve(name);
      if (!isDirectory(directory)) {
        return null;
      }
    }
    return directory;
  }

  /**
   * Moves a file to its place, in the stead of another.
   *
   * @return the directory where it is now
   * @throws ObjectProblemException when something else is in its way
   */
  Path place(String key, Path written) throws IOException {
    List<String> path = names(key);
    lock.lock();
    try {
      Path directory = root;
      for (String name : path.subList(0, path.size() - 1)) {
        directory = makeDirectory(directory, name);
      }
      String last = path.get(path.size() - 1);
      Path place = directory.resolve(last);
      if (isDirectory(place)) {
        Path renamed = directory.resolve(last + PathNames.DIRECTORY_OF_OTHERS);
        if (Files.exists(renamed, LinkOption.NOFOLLOW_LINKS)) {
          throw new ObjectProblemException(place + " is a directory of somebody else's", null);
        }
        Files.move(place, renamed);
      }
      Files.move(written, place, StandardCopyOption.ATOMIC_MOVE);
      return directory;
    } finally {
      lock.unlock();
    }
  }

  private static Path makeDirectory(Path parent, String name) throws IOException {
    Path renamed = parent.resolve(name + PathNames.DIRECTORY_OF_OTHERS);
    if (isDirectory(renamed)) {
      return renamed;
    }
    Path plain = parent.resolve(name);
    if (isDirectory(plain)) {
      return plain;
    }
    Path made = Files.isRegularFile(plain, LinkOption.NOFOLLOW_LINKS) ? renamed : plain;
    if (Files.exists(made, LinkOption.NOFOLLOW_LINKS)) {
      throw new ObjectProblemException(made + " is there, and is no directory", null);
    }
    Files.createDirectory(made);
    DurableDirectory.sync(parent);
    return made;
  }

  /** Removes a file, and the directories that are empty then. */
  void delete(String key) throws IOException {
    lock.lock();
    try {
      Path file = look(names(key));
      if (file == null || isDirectory(file) || !Files.deleteIfExists(file)) {
        return;
      }
      Path directory = parent(file);
      while (!directory.equals(root) && removeIfEmpty(directory)) {
        directory = parent(directory);
      }
      DurableDirectory.sync(directory);
    } finally {
      lock.unlock();
    }
  }

  private static boolean removeIfEmpty(Path directory) throws IOException {
    try {
      Files.delete(directory);
      return true;
    } catch (DirectoryNotEmptyException used) {
      return false;
    } catch (NoSuchFileException gone) {
      return true;
    }
  }

  private Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? root : parent;
  }

  /** The keys of the files. */
  MirrorKeys keys(String below, String after) {
    return new MirrorKeys(root, names, below, after);
  }

  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }
}
