package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.restore.PathNames;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a mirrored bucket's files, in the order of their bytes: of each directory the names
 * are sorted as the pieces of keys that they stand for, a directory's with the slash behind it. A
 * directory that holds more names than may be kept is read again for the next ones. Files that no
 * key has there are passed over, and so is, with a warning, what is in a directory that may not be
 * read: the others are listed. Blocks; for one thread.
 */
final class MirrorKeys implements MirrorPlace.Keys {
  private static final Logger log = LoggerFactory.getLogger(MirrorKeys.class);

  /** Names of one directory that are kept. */
  static final int NAMES_MAX = 20_000;

  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();
  private static final ByteString SLASH = ByteString.copyFromUtf8("/");

  private final Path root;
  private final PathNames names;
  private final ByteString below;
  private final ByteString after;
  private final int namesMax;
  private final Deque<Level> levels = new ArrayDeque<>();

  MirrorKeys(Path root, PathNames names, String below, String after) {
    this(root, names, below, after, NAMES_MAX);
  }

  MirrorKeys(Path root, PathNames names, String below, String after, int namesMax) {
    this.root = root;
    this.names = names;
    this.below = ByteString.copyFromUtf8(below);
    this.after = ByteString.copyFromUtf8(after);
    this.namesMax = namesMax;
    levels.push(new Level(ByteString.EMPTY, List.of()));
  }

  /**
   * A name in a directory.
   *
   * @param path the names from the bucket's directory on, as a key would have them
   */
  private record Name(List<String> path, boolean isDirectory) {}

  @Override
  public @Nullable String next() throws IOException {
    while (!levels.isEmpty()) {
      Level level = levels.element();
      Map.Entry<ByteString, Name> next = level.next();
      if (next == null) {
        levels.pop();
        continue;
      }
      ByteString key = level.prefix.concat(next.getKey());
      Name name = next.getValue();
      if (name.isDirectory()) {
        if (mayHold(key)) {
          levels.push(new Level(key, name.path()));
        }
      } else if (key.startsWith(below)
          && ORDER.compare(key, after) > 0
          && names.of(key.toByteArray()).equals(name.path())) {
        return key.toStringUtf8();
      }
    }
    return null;
  }

  /** Whether a key that is wanted may begin so. */
  private boolean mayHold(ByteString prefix) {
    return (prefix.startsWith(below) || below.startsWith(prefix))
        && (after.startsWith(prefix) || ORDER.compare(prefix, after) > 0);
  }

  /** One directory, and those that long names in it are cut into. */
  private final class Level {
    private final ByteString prefix;
    private final List<String> path;
    private final TreeMap<ByteString, Name> sorted = new TreeMap<>(ORDER);
    private @Nullable ByteString last;
    private boolean more = true;

    Level(ByteString prefix, List<String> path) {
      this.prefix = prefix;
      this.path = path;
    }

    Map.@Nullable Entry<ByteString, Name> next() throws IOException {
      if (sorted.isEmpty() && more) {
        more = false;
        Path directory = MirrorPaths.directory(root, path); // it may have another name since
        if (directory != null) {
          read(directory, ByteString.EMPTY, path);
        }
      }
      Map.Entry<ByteString, Name> first = sorted.pollFirstEntry();
      if (first != null) {
        last = first.getKey();
      }
      return first;
    }

    private void read(Path from, ByteString begin, List<String> pathOfFrom) throws IOException {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(from)) {
        for (Path file : found) {
          add(file, begin, pathOfFrom);
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      } catch (AccessDeniedException e) {
        log.warn("What is in {} is not compared: access is denied", e.getFile());
      } catch (NoSuchFileException | NotDirectoryException gone) {
        // Deleted meanwhile.
      }
    }

    private void add(Path file, ByteString begin, List<String> pathOfFile) throws IOException {
      String name = String.valueOf(file.getFileName());
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        boolean isRenamed = name.endsWith(PathNames.DIRECTORY_OF_OTHERS);
        String plain =
            isRenamed
                ? name.substring(0, name.length() - PathNames.DIRECTORY_OF_OTHERS.length())
                : name;
        List<String> whole = behind(pathOfFile, plain);
        boolean isCut = plain.length() > 1 && plain.endsWith("%");
        byte[] piece = PathNames.piece(isCut ? plain.substring(0, plain.length() - 1) : plain);
        if (piece != null && isCut) {
          read(file, begin.concat(ByteString.copyFrom(piece)), whole);
        } else if (piece != null) {
          keep(
              begin.concat(ByteString.copyFrom(piece)).concat(SLASH),
              new Name(whole, true),
              isRenamed);
        }
      } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        byte[] piece = PathNames.piece(name);
        if (piece != null) {
          keep(
              begin.concat(ByteString.copyFrom(piece)),
              new Name(behind(pathOfFile, name), false),
              false);
        }
      }
    }

    /**
     * Keeps the first ones.
     *
     * @param comesFirst of two that stand for the same: where a key is looked for first
     */
    private void keep(ByteString piece, Name name, boolean comesFirst) {
      ByteString given = last;
      if (given != null && ORDER.compare(piece, given) <= 0) {
        return;
      }
      if (comesFirst) {
        sorted.put(piece, name);
      } else {
        sorted.putIfAbsent(piece, name);
      }
      if (sorted.size() > namesMax) {
        sorted.pollLastEntry();
        more = true;
      }
    }
  }

  private static List<String> behind(List<String> path, String name) {
    List<String> longer = new ArrayList<>(path);
    longer.add(name);
    return longer;
  }
}
