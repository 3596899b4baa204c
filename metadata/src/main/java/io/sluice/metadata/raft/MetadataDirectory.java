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
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A metadata directory: what it is of, and that no other process has it.
 *
 * <pre>
 * sluice-metadata   format, cluster id, peer id, number of shards, epoch, how it came to be
 * lock              held while the process runs
 * raft/GROUP/       Ratis' log of a shard
 * state/SHARD/      RocksDB of a shard
 * snapshot/SHARD    up to where that state is durable without the log
 * incoming/SHARD/   a state that is being fetched from another peer
 * installed/SHARD/  a state that was fetched and is about to be that of the shard
 * </pre>
 *
 * <p>The peer id is the node's name and a random part. A directory that was lost and made anew is
 * therefore another peer: a voter never forgets what it voted (INVARIANTS 6).
 */
final class MetadataDirectory implements AutoCloseable {
  private static final int FORMAT = 1;
  private static final int EPOCH_FIRST = 1;
  private static final String MARKER = "sluice-metadata";
  private static final List<String> PARTS =
      List.of("raft", "state", "snapshot", "incoming", "installed");

  private final Path root;
  private final FileChannel lockFile;
  private final Marker marker;

  /** How a directory came to be: only a creator's groups begin with a voter, itself. */
  enum Origin {
    CREATED,
    JOINED
  }

  private record Marker(MetadataIdentity identity, Origin origin) {}

  private MetadataDirectory(Path root, FileChannel lockFile, Marker marker) {
    this.root = root;
    this.lockFile = lockFile;
    this.marker = marker;
  }

  /**
   * Says what a directory is of, without opening it. Blocks.
   *
   * @return empty when nothing was made there yet
   * @throws IOException when it is damaged or of a newer format
   */
  static Optional<MetadataIdentity> identity(Path root) throws IOException {
    Marker marker = read(root.resolve(MARKER));
    return marker == null ? Optional.empty() : Optional.of(marker.identity());
  }

  /**
   * Makes the directory of a new cluster's first peer. Blocks.
   *
   * @throws IOException when it belongs to a cluster already, or another process has it
   */
  static MetadataIdentity create(Path root, String node, int shards) throws IOException {
    return make(root, node, UUID.randomUUID(), shards, EPOCH_FIRST, Origin.CREATED);
  }

  /**
   * Makes the directory of one more peer of a cluster: it votes for nothing before the others admit
   * it. Blocks.
   *
   * @throws IOException when it belongs to a cluster already, or another process has it
   */
  static MetadataIdentity join(Path root, String node, UUID cluster, int shards, int epoch)
      throws IOException {
    return make(root, node, cluster, shards, epoch, Origin.JOINED);
  }

  private static MetadataIdentity make(
      Path root, String node, UUID cluster, int shards, int epoch, Origin origin)
      throws IOException {
    DurableDirectory.create(root, DurableDirectory::sync);
    FileChannel lockFile = lock(root.resolve("lock"));
    try {
      if (read(root.resolve(MARKER)) != null) {
        throw new IOException(root + " belongs to a cluster already");
      }
      return write(root, node, cluster, shards, epoch, origin).identity();
    } finally {
      lockFile.close();
    }
  }

  /**
   * Opens a directory. Blocks.
   *
   * @throws IOException when there is none, another process has it, it is of a newer format, or not
   *     ours
   */
  static MetadataDirectory open(Path root) throws IOException {
    if (!Files.exists(root.resolve(MARKER))) {
      throw new IOException(root + " belongs to no cluster yet");
    }
    return opened(root, null, 0, DurableDirectory::sync);
  }

  /**
   * Opens a directory, or makes it that of a new cluster. Blocks.
   *
   * @param node the node's name; only used when the directory is made
   * @param shards how many; only used when the directory is made
   * @throws IOException when another process has it, it is of a newer format, or not ours
   */
  static MetadataDirectory openOrCreate(Path root, String node, int shards) throws IOException {
    return openOrCreate(root, node, shards, DurableDirectory::sync);
  }

  /** The same with another way to make the names in a directory durable. */
  static MetadataDirectory openOrCreate(
      Path root, String node, int shards, DurableDirectory.Sync sync) throws IOException {
    DurableDirectory.create(root, sync);
    return opened(root, node, shards, sync);
  }

  private static MetadataDirectory opened(
      Path root, @Nullable String node, int shards, DurableDirectory.Sync sync) throws IOException {
    FileChannel lockFile = lock(root.resolve("lock"));
    try {
      Marker marker = read(root.resolve(MARKER));
      if (marker == null) {
        marker =
            write(
                root,
                Objects.requireNonNull(node),
                UUID.randomUUID(),
                shards,
                EPOCH_FIRST,
                Origin.CREATED);
      }
      MetadataDirectory opened = new MetadataDirectory(root, lockFile, marker);
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
    for (String part : PARTS) {
      DurableDirectory.create(root.resolve(part), sync);
    }
    for (int shard = 0; shard < marker.identity().shards(); shard++) {
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

  private static @Nullable Marker read(Path marker) throws IOException {
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
      MetadataIdentity identity =
          new MetadataIdentity(
              UUID.fromString(fields.getProperty("cluster", "")).toString(),
              fields.getProperty("peer", ""),
              Integer.parseInt(fields.getProperty("shards", "")),
              Integer.parseInt(fields.getProperty("epoch", "")));
      // The first version made directories by creation only, and did not say so.
      String origin = fields.getProperty("origin", Origin.CREATED.name());
      return new Marker(identity, Origin.valueOf(origin));
    } catch (IllegalArgumentException e) {
      throw new IOException(marker + " is damaged", e);
    }
  }

  private static Marker write(
      Path root, String node, UUID cluster, int shards, int epoch, Origin origin)
      throws IOException {
    for (String part : PARTS) {
      if (!isEmpty(root.resolve(part))) {
        throw new IOException(
            root + " holds " + part + " but not " + MARKER + ": it is damaged, or not Sluice's");
      }
    }
    if (shards < 1) {
      throw new IllegalArgumentException("at least one shard");
    }
    String incarnation = UUID.randomUUID().toString().substring(0, 8);
    MetadataIdentity identity =
        new MetadataIdentity(cluster.toString(), node + "-" + incarnation, shards, epoch);
    DurableFile.replace(
        root.resolve(MARKER),
        "format=%d\ncluster=%s\npeer=%s\nshards=%d\nepoch=%d\norigin=%s\n"
            .formatted(FORMAT, cluster, identity.peerId(), shards, epoch, origin));
    return new Marker(identity, origin);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return true;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  MetadataIdentity identity() {
    return marker.identity();
  }

  Origin origin() {
    return marker.origin();
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

  /** Where the state of a shard is fetched to: of no value until it is whole. */
  Path incoming(int shard) {
    return root.resolve("incoming").resolve(Integer.toString(shard));
  }

  /** Where a state lies that was fetched, checked, and takes the place of the shard's own. */
  Path installed(int shard) {
    return root.resolve("installed").resolve(Integer.toString(shard));
  }

  /** The Raft group of a shard: the same on every node of the cluster. */
  UUID group(int shard) {
    String name = marker.identity().clusterId() + "/" + shard;
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.US_ASCII));
  }

  /** Gives the directory free for another process. */
  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
