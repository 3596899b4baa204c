package io.sluice.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Makes directories that are still there after a power cut.
 *
 * <p>A new directory is a name in its parent, and POSIX promises a name only after an fsync of the
 * directory that holds it. What was fsynced <em>inside</em> a directory whose own name is lost is
 * lost with it.
 */
public final class DurableDirectory {
  /** Makes durable which names a directory holds. */
  @FunctionalInterface
  public interface Sync {
    void sync(Path directory) throws IOException;
  }

  private DurableDirectory() {}

  /**
   * Makes a directory and those above it that are missing, and makes their names durable. One that
   * is there is treated the same: the start that made it may have ended before it could. Blocks.
   */
  public static void create(Path directory) throws IOException {
    create(directory, DurableDirectory::sync);
  }

  /** The same with another way to sync. */
  public static void create(Path directory, Sync sync) throws IOException {
    Path absolute = directory.toAbsolutePath();
    Deque<Path> missing = new ArrayDeque<>();
    Path at = absolute;
    for (; at != null && !Files.exists(at); at = at.getParent()) {
      missing.push(at);
    }
    if (at != null) {
      try {
        // A start that ended in the middle of this may have made it.
        syncParent(at, sync);
      } catch (AccessDeniedException e) {
        // Somebody else's directory: whoever made ours in it has seen to it, or could not.
      }
    }
    // One after the other, so that never more than the last one's name is not durable yet.
    for (Path made : missing) {
      Files.createDirectories(made);
      syncParent(made, sync);
    }
    if (missing.isEmpty()) {
      Files.createDirectories(absolute); // says so if it is a file
    }
  }

  private static void syncParent(Path directory, Sync sync) throws IOException {
    @Nullable Path parent = directory.getParent();
    if (parent != null) {
      sync.sync(parent);
    }
  }

  /** Makes durable which names a directory holds. Blocks. */
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
