package io.sluice.metadata.raft;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a state that was fetched from another peer in the place of a shard's own, so that a crash at
 * any step leaves the one or the other.
 *
 * <ol>
 *   <li>It is fetched to {@code incoming/SHARD}, checked, and fsynced.
 *   <li>That directory becomes {@code installed/SHARD}: from here on the new state counts.
 *   <li>The old state is deleted, {@code installed/SHARD} becomes {@code state/SHARD}.
 *   <li>The snapshot mark is raised to where the new state ends, as the file {@link Checkpoint} in
 *       it says; then that file is deleted.
 * </ol>
 *
 * <p>{@link #finish} does what is left of 3 and 4, after a crash too. Only then Ratis is told, and
 * may drop its log up to there.
 */
final class StateInstaller {
  private static final Logger log = LoggerFactory.getLogger(StateInstaller.class);

  private final MetadataDirectory directory;
  private final int shard;
  private final SnapshotMark mark;
  private final ReplicatedState.Factory states;

  StateInstaller(
      MetadataDirectory directory, int shard, SnapshotMark mark, ReplicatedState.Factory states) {
    this.directory = directory;
    this.shard = shard;
    this.mark = mark;
    this.states = states;
  }

  /** Makes an empty directory to fetch a state to. Blocks. */
  Path makeIncoming() throws IOException {
    Path incoming = directory.incoming(shard);
    delete(incoming);
    return Files.createDirectories(incoming);
  }

  /**
   * Checks what was fetched, and makes it durable. Blocks.
   *
   * @return up to where it goes; {@link Checkpoint#NOTHING} when it says that nothing was ever
   *     applied
   * @throws IOException when it is not a state of this shard, or not whole
   */
  TermIndex check() throws IOException {
    Path incoming = directory.incoming(shard);
    Checkpoint found = Checkpoint.read(incoming);
    MetadataIdentity self = directory.identity();
    if (!found.cluster().equals(self.clusterId())
        || found.shard() != shard
        || found.epoch() != self.epoch()) {
      throw new IOException(
          "a state of shard %d of cluster %s, epoch %d, came for shard %d of cluster %s, epoch %d"
              .formatted(
                  found.shard(),
                  found.cluster(),
                  found.epoch(),
                  shard,
                  self.clusterId(),
                  self.epoch()));
    }
    if (found.position().equals(Checkpoint.NOTHING)) {
      return Checkpoint.NOTHING;
    }
    long applied = states.check(incoming, shard).getIndex();
    if (applied != found.position().getIndex()) {
      throw new IOException(
          "the state that came for shard %d goes to %d and says that it goes to %d"
              .formatted(shard, applied, found.position().getIndex()));
    }
    sync(incoming);
    return found.position();
  }

  /** The state that was checked counts from now on. Blocks. */
  void commit() throws IOException {
    Path installed = directory.installed(shard);
    Files.move(directory.incoming(shard), installed, StandardCopyOption.ATOMIC_MOVE);
    syncParent(installed);
    syncParent(directory.incoming(shard));
  }

  /**
   * Completes an installation that counts, if there is one. The state is not open. Blocks.
   *
   * @throws IOException when that fails; it can be tried again
   */
  void finish() throws IOException {
    Path installed = directory.installed(shard);
    Path state = directory.state(shard);
    if (Files.isDirectory(installed)) {
      log.info("Shard {}: a state that was fetched takes the place of the old one", shard);
      delete(state);
      syncParent(state);
      Files.move(installed, state, StandardCopyOption.ATOMIC_MOVE);
      syncParent(state);
      syncParent(installed);
    }
    if (Files.exists(state.resolve(Checkpoint.FILE))) {
      mark.raise(Checkpoint.read(state).position());
      Files.delete(state.resolve(Checkpoint.FILE));
      DurableDirectory.sync(state);
    }
  }

  private static void syncParent(Path file) throws IOException {
    DurableDirectory.sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }

  private static void sync(Path root) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(root)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      if (Files.isDirectory(file)) {
        DurableDirectory.sync(file);
      } else {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
  }

  /** Deletes a directory with all that is in it, if it is there. Blocks. */
  static void delete(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(root)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      Files.delete(file);
    }
  }
}
