package io.sluice.metadata.raft;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A metadata directory: what it is of, and that no other process has it.
 *
 * <pre>
 * sluice-metadata   format, cluster id, peer id, number of shards, epoch
 * lock              held while the process runs
 * raft/GROUP/       Ratis' log of a shard
 * state/SHARD/      RocksDB of a shard
 * snapshot/SHARD    up to where that state is durable without the log
 * </pre>
 *
 * <p>The peer id is the node's name and a random part. A directory that was lost and made anew is
 * therefore another peer: a voter never forgets what it voted (INVARIANTS 6).
 */
final class MetadataDirectory implements AutoCloseable {
  private static final int FORMAT = 1;
  private static final int EPOCH_FIRST = 1;
  private static final String MARKER = "sluice-metadata";

  private final Path root;
  private final FileChannel lockFile;
  private final Identity identity;

  /**
   * What a directory is of.
   *
   * @param epoch grows when a cluster goes on from a backup; part of every log position
   */
  record Identity(UUID cluster, String peer, int shards, int epoch) {}

  private MetadataDirectory(Path root, FileChannel lockFile, Identity identity) {
    this.root = root;
    this.lockFile = lockFile;
    this.identity = identity;
  }

  /**
   * Opens a directory, or makes it. Blocks.
   *
   * @param node the node's name; only used when the directory is made
   * @param shards how many; only used when the directory is made
   * @throws IOException when another process has it, it is of a newer format, or not ours
   */
  static MetadataDirectory open(Path root, String node, int shards) throws IOException {
    return open(root, node, shards, DurableDirectory::sync);
  }

  /** The same with another way to make the names in a directory durable. */
  static MetadataDirectory open(Path root, String node, int shards, DurableDirectory.Sync sync)
      throws IOException {
    DurableDirectory.create(root, sync);
    FileChannel lockFile = lock(root.resolve("lock"));
    try {
      Identity identity = read(root.resolve(MARKER));
      if (identity == null) {
        identity = create(root, node, shards);
      }
      MetadataDirectory opened = new MetadataDirectory(root, lockFile, identity);
      opened.makeParts(sync);
      return opened;
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  /**
   * Ratis and RocksDB would make theirs themselves, but without making the names durable: a power
   * cut could take a whole shard with everything that was fsynced in it.
   */
  private void makeParts(DurableDirectory.Sync sync) throws IOException {
    DurableDirectory.create(logs(), sync);
    DurableDirectory.create(root.resolve("snapshot"), sync);
    for (int shard = 0; shard < identity.shards; shard++) {
      DurableDirectory.create(state(shard), sync);
    }
  }

  private static FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new IOException("another server uses the metadata directory " + file.getParent());
    }
    return channel;
  }

  private static @Nullable Identity read(Path marker) throws IOException {
    if (!Files.exists(marker)) {
      return null;
    }
    Properties fields = new Properties();
    fields.load(new StringReader(Files.readString(marker, StandardCharsets.UTF_8)));
    try {
      int format = Integer.parseInt(fields.getProperty("format", ""));
      if (format > FORMAT) {
        throw new IOException(
            marker + " was written by a newer version: format " + format + ", known is " + FORMAT);
      }
      return new Identity(
          UUID.fromString(fields.getProperty("cluster", "")),
          fields.getProperty("peer", ""),
          Integer.parseInt(fields.getProperty("shards", "")),
          Integer.parseInt(fields.getProperty("epoch", "")));
    } catch (IllegalArgumentException e) {
      throw new IOException(marker + " is damaged", e);
    }
  }

  private static Identity create(Path root, String node, int shards) throws IOException {
    for (String part : new String[] {"raft", "state", "snapshot"}) {
      if (!isEmpty(root.resolve(part))) {
        throw new IOException(
            root + " holds " + part + " but not " + MARKER + ": it is damaged, or not Sluice's");
      }
    }
    if (shards < 1) {
      throw new IllegalArgumentException("at least one shard");
    }
    String incarnation = UUID.randomUUID().toString().substring(0, 8);
    Identity identity =
        new Identity(UUID.randomUUID(), node + "-" + incarnation, shards, EPOCH_FIRST);
    DurableFile.replace(
        root.resolve(MARKER),
        "format=%d\ncluster=%s\npeer=%s\nshards=%d\nepoch=%d\n"
            .formatted(FORMAT, identity.cluster, identity.peer, shards, identity.epoch));
    return identity;
  }

  private static boolean isEmpty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return true;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  Identity identity() {
    return identity;
  }

  Path logs() {
    return root.resolve("raft");
  }

  Path state(int shard) {
    return root.resolve("state").resolve(Integer.toString(shard));
  }

  Path snapshot(int shard) {
    return root.resolve("snapshot").resolve(Integer.toString(shard));
  }

  /** The Raft group of a shard: the same on every node of the cluster. */
  UUID group(int shard) {
    String name = identity.cluster + "/" + shard;
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.US_ASCII));
  }

  /** Gives the directory free for another process. */
  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
