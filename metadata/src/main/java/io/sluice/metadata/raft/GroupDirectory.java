package io.sluice.metadata.raft;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Ratis keeps one group: what it leaves to chance about the names in it.
 *
 * <p>Ratis fsyncs a file of the log before it counts entries as committed, but not the directory
 * after it made or renamed one. POSIX promises the file's name only after the latter: a power cut
 * may take the whole file with everything that was acknowledged in it. Journalling file systems
 * write the name with the next fsync of any file, and nobody should have to rely on that.
 */
final class GroupDirectory {
  private static final Logger log = LoggerFactory.getLogger(GroupDirectory.class);
  private static final String OPEN_SEGMENT = "log_inprogress_";
  private static final String SEGMENT = "log_";
  private static final String CONFIGURATION = VoterRecord.CONFIGURATION;

  private static final String FORKED = "forked";

  private final Path root;
  private final Path current;

  /** The open file whose name is durable; belongs to the thread that writes the log. */
  private @Nullable Path durableOpenSegment;

  /** The group in {@code root}, which need not be there. */
  GroupDirectory(Path root) {
    this.root = root;
    this.current = root.resolve("current");
  }

  /** Where the log is. */
  Path current() {
    return current;
  }

  /** What the peer remembers besides its log. */
  VoterRecord voterRecord() {
    return new VoterRecord(current);
  }

  /**
   * Removes what there is of a group whose making a power cut interrupted: Ratis would take it for
   * a member that waits for a leader, and wait for ever. Without a configuration and without a log
   * it never took part in anything. Blocks.
   *
   * @return whether there was something to remove
   */
  boolean clearUnlessBegun() throws IOException {
    if (!Files.isDirectory(root) || isBegun()) {
      return false;
    }
    log.info("{} is made anew: the group in it had not begun", root);
    StateInstaller.delete(root);
    return true;
  }

  /**
   * Remembers, durably, that the state has entries that left the log: others may have others in
   * their place. What is in memory of that state may still reach the disk, and nothing would show
   * it. Blocks.
   *
   * @param index of the first of them
   */
  void markForked(long index) throws IOException {
    DurableFile.replace(root.resolve(FORKED), Long.toString(index));
  }

  /** The index of the first entry that the state has and the log lost; empty when there is none. */
  Optional<String> forkedAt() throws IOException {
    Path mark = root.resolve(FORKED);
    return Files.exists(mark) ? Optional.of(Files.readString(mark)) : Optional.empty();
  }

  /** Whether Ratis ever made the group here. */
  boolean exists() {
    return Files.isDirectory(current);
  }

  private boolean isBegun() throws IOException {
    if (!Files.isDirectory(current)) {
      return false;
    }
    try (Stream<Path> files = Files.list(current)) {
      return files
          .map(file -> file.getFileName().toString())
          .anyMatch(name -> name.equals(CONFIGURATION) || name.startsWith(SEGMENT));
    }
  }

  /**
   * Makes the names of the log's files durable, if one was made or renamed since the last call: an
   * open file has a name that no other ever had. One thread; blocks.
   */
  void syncNames() throws IOException {
    Path known = durableOpenSegment;
    if (known != null && Files.exists(known)) {
      return;
    }
    Path open = openSegment();
    DurableDirectory.sync(current);
    if (known == null) {
      DurableDirectory.sync(root);
      DurableDirectory.sync(Objects.requireNonNull(root.toAbsolutePath().getParent()));
    }
    durableOpenSegment = open;
  }

  private @Nullable Path openSegment() throws IOException {
    try (Stream<Path> files = Files.list(current)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(OPEN_SEGMENT))
          .findFirst()
          .orElse(null);
    }
  }
}
