package io.sluice.recovery.backup.target;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory as a target, on a local disk or one that is mounted.
 *
 * <p>A new file is written under a hidden name beside its place, made durable, and linked to its
 * name: a link, unlike a rename, never replaces what is there.
 */
public final class DirectoryTarget implements BackupTarget {
  private final Path root;

  /** Which directory that was when it was opened; null where the system can't tell. */
  private final @Nullable Object identity;

  private DirectoryTarget(Path root) throws IOException {
    this.root = root;
    this.identity = Files.readAttributes(root, BasicFileAttributes.class).fileKey();
  }

  /**
   * A directory that is there. A missing one is not made: it may be a disk that is not mounted.
   *
   * @throws NotDirectoryException when it is not there, or not a directory
   */
  public static DirectoryTarget open(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      throw new NotDirectoryException(absolute + " is not a directory that is there");
    }
    return new DirectoryTarget(absolute);
  }

  /** A directory that is made, durably, if it is not there. */
  public static DirectoryTarget create(Path directory) throws IOException {
    DurableDirectory.create(directory);
    return open(directory);
  }

  @Override
  public NewFile create(String name) throws IOException {
    Path place = place(name);
    requireSame();
    DurableDirectory.create(parent(place));
    return DirectoryFile.create(place);
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    Path place = place(name);
    requireSame();
    DurableDirectory.create(parent(place));
    try (DirectoryFile file = DirectoryFile.create(place)) {
      file.write(ByteBuffer.wrap(bytes));
      file.commitAlone();
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) { // a write that fails says no file's name
      throw new ClaimRefusedException(place + ": " + e.getMessage(), e);
    }
  }

  /**
   * What goes away in the middle of a backup, because it is unmounted, must not be made again below
   * the mount point: a set would be complete there whose first packs are elsewhere.
   */
  private void requireSame() throws IOException {
    if (!Files.isDirectory(root)
        || !Objects.equals(
            identity, Files.readAttributes(root, BasicFileAttributes.class).fileKey())) {
      throw new IOException(root + " is not the directory that it was: was it unmounted?");
    }
  }

  @Override
  public StoredFile open(String name) throws IOException {
    Path place = place(name);
    if (!Files.isRegularFile(place)) {
      throw new NoSuchFileException(name, null, "is not in " + this);
    }
    return new OpenFile(name, FileChannel.open(place, StandardOpenOption.READ));
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    list(root, "", new Wanted(prefix, after), each);
  }

  /**
   * What is listed.
   *
   * @param after names come after it
   */
  private record Wanted(String prefix, String after) {
    /** Whether a file has such a name, or files below a folder of that name may have one. */
    boolean mayBe(String name) {
      String folder = name + '/';
      return (folder.compareTo(after) > 0 || after.startsWith(folder))
          && (name.startsWith(prefix) || prefix.startsWith(folder));
    }

    boolean is(String name) {
      return name.compareTo(after) > 0 && name.startsWith(prefix);
    }

    /** The name of the folder that all of it is in, if it is in one; empty: it is not. */
    String onlyFolder(String folder) {
      int end = prefix.indexOf('/', folder.length());
      return end < 0 ? "" : prefix.substring(folder.length(), end);
    }
  }

  /** Sorted with the slash that follows a folder's name, as whole names are. */
  private static void list(Path directory, String folder, Wanted wanted, Consumer<FileStatus> each)
      throws IOException {
    for (String name : entries(directory, folder, wanted)) {
      Path path = directory.resolve(name.substring(folder.length()));
      if (name.endsWith("/")) {
        list(path, name, wanted, each);
      } else if (wanted.is(name)) {
        sizeOf(path).ifPresent(size -> each.accept(new FileStatus(name, size)));
      }
    }
  }

  /** What is asked of the file system is as much as is wanted, but for the names of one folder. */
  private static Collection<String> entries(Path directory, String folder, Wanted wanted)
      throws IOException {
    String only = wanted.onlyFolder(folder);
    if (!only.isEmpty()) {
      return FileName.isValid(only) && isFolder(directory.resolve(only))
          ? List.of(folder + only + '/')
          : List.of();
    }
    TreeSet<String> entries = new TreeSet<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
      for (Path path : found) {
        String name = folder + path.getFileName();
        if (!isHidden(path) && wanted.mayBe(name)) {
          entries.add(isFolder(path) ? name + '/' : name);
        }
      }
    } catch (NoSuchFileException gone) {
      return List.of(); // pruned meanwhile
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return entries;
  }

  private static boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static Optional<Long> sizeOf(Path path) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return attributes.isRegularFile() ? Optional.of(attributes.size()) : Optional.empty();
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    if (!folder.isEmpty()) {
      FileName.require(folder.endsWith("/") ? folder.substring(0, folder.length() - 1) : "");
    }
    List<String> names = new ArrayList<>();
    try (Stream<Path> found = Files.list(root.resolve(folder))) {
      for (Path path :
          (Iterable<Path>) found.sorted(Comparator.comparing(Path::toString))::iterator) {
        if (!isHidden(path) && holdsFiles(path)) {
          names.add(String.valueOf(path.getFileName()));
        }
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      return List.of();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return names;
  }

  private static boolean holdsFiles(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> below = Files.walk(path)) {
      return below.anyMatch(
          file -> !isHidden(file) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Path place = place(name);
    if (Files.deleteIfExists(place)) {
      DurableDirectory.sync(parent(place));
    }
  }

  @Override
  public void clearAbandoned(Instant before) throws IOException {
    try (Stream<Path> below = Files.walk(root)) {
      for (Path path : (Iterable<Path>) below.filter(DirectoryFile::isUnfinished)::iterator) {
        clear(path, before);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void clear(Path path, Instant before) throws IOException {
    try {
      if (Files.getLastModifiedTime(path).toInstant().isBefore(before)) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException gone) {
      // Its writer is done with it.
    }
  }

  private Path place(String name) {
    return root.resolve(FileName.require(name));
  }

  private static Path parent(Path place) throws FileAlreadyExistsException {
    Path parent = place.getParent();
    if (parent == null) {
      throw new FileAlreadyExistsException(place.toString());
    }
    return parent;
  }

  private static boolean isHidden(Path path) {
    return String.valueOf(path.getFileName()).startsWith(".");
  }

  @Override
  public String toString() {
    return "file://" + root;
  }

  @Override
  public void close() {}
}
