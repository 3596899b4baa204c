package io.sluice.storage.verticle;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A data directory that this process holds: locked against a second server, and known to be of a
 * format and a cluster. May be used on any thread; its methods block.
 *
 * <pre>
 * disk.properties   format, disk id, cluster id, layout version
 * sluice.lock       locked while a server uses the directory; holds its process id
 * segments/         the chunks
 * index/            where they lie; rebuilt when it is lost
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
  /** The newest format of a directory that this program reads and writes. */
  public static final int FORMAT = 1;

  private static final String DESCRIPTION = "disk.properties";
  private static final String LOCK = "sluice.lock";

  // Of the lock's file. Who has a lock on the first byte has the directory, and says so with one on
  // the second. Others look at the second only: a look must never be in the way of a start.
  private static final long OWNED = 0;
  private static final long MARKED = 1;

  private static final String KEY_FORMAT = "format";
  private static final String KEY_DISK = "disk-id";
  private static final String KEY_CLUSTER = "cluster-id";
  private static final String KEY_LAYOUT = "layout-version";

  private final Path path;
  private final FileChannel lockFile;
  private final UUID diskId;
  private final UUID clusterId;
  private volatile long layoutVersion;

  private DataDirectory(
      Path path, FileChannel lockFile, UUID diskId, UUID clusterId, long layoutVersion) {
    this.path = path;
    this.lockFile = lockFile;
    this.diskId = diskId;
    this.clusterId = clusterId;
    this.layoutVersion = layoutVersion;
  }

  /**
   * Opens a data directory, and makes it when there is none.
   *
   * @param newClusterId asked only when the directory is new: the cluster it is to belong to
   * @throws DirectoryRefusedException when it is in use, of a newer format, or not a data directory
   */
  public static DataDirectory openOrCreate(Path path, Supplier<UUID> newClusterId)
      throws IOException {
    return openOrCreate(path, newClusterId, DurableDirectory::sync);
  }

  /** The same with another way to make the names in a directory durable. */
  static DataDirectory openOrCreate(
      Path path, Supplier<UUID> newClusterId, DurableDirectory.Sync sync) throws IOException {
    DurableDirectory.create(path, sync);
    FileChannel lockFile = lock(path);
    try {
      Properties description = readDescription(path);
      DataDirectory directory =
          description == null
              ? new DataDirectory(path, lockFile, UUID.randomUUID(), newClusterId.get(), 0)
              : described(path, lockFile, description);
      DurableDirectory.create(directory.segments(), sync);
      if (description == null) {
        directory.writeDescription(0);
      }
      return directory;
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  /**
   * Whose a directory is.
   *
   * @param diskId the id of the replica on it
   */
  public record Identity(UUID diskId, UUID clusterId) {}

  /**
   * Says whose a directory is, without opening it or changing anything.
   *
   * @return empty when nothing was made there yet
   * @throws DirectoryRefusedException when its description can't be read
   */
  public static Optional<Identity> identityOf(Path path) throws IOException {
    Properties description = readDescription(path);
    if (description == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Identity(
              UUID.fromString(description.getProperty(KEY_DISK, "")),
              UUID.fromString(description.getProperty(KEY_CLUSTER, ""))));
    } catch (IllegalArgumentException e) {
      throw new DirectoryRefusedException(path + ": " + DESCRIPTION + " can't be read");
    }
  }

  /**
   * Requires that no server uses a directory, without opening it or changing anything.
   *
   * @throws DirectoryRefusedException when one does
   */
  public static void requireFree(Path path) throws IOException {
    Path lockFile = path.resolve(LOCK);
    if (Files.exists(lockFile)) {
      try (FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        requireLock(path, channel, MARKED, true); // given back at once
      }
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve(LOCK),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      requireLock(path, channel, OWNED, false);
      mark(channel);
      channel.truncate(0);
      byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
      channel.write(ByteBuffer.wrap(pid), 0);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Held until the channel is closed. */
  private static void requireLock(Path path, FileChannel channel, long at, boolean shared)
      throws IOException {
    if (tryLock(channel, at, shared) == null) {
      throw new DirectoryRefusedException(
          path + " is in use by another Sluice server (pid " + holder(channel) + ")");
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel, long at, boolean shared)
      throws IOException {
    try {
      return channel.tryLock(at, 1, shared);
    } catch (OverlappingFileLockException e) {
      return null; // held by this very process
    }
  }

  /** Waits for others that look just now. */
  private static void mark(FileChannel channel) throws IOException {
    try {
      channel.lock(MARKED, 1, false);
    } catch (OverlappingFileLockException e) {
      // This very process looks. Without the mark a second start is refused as surely, but later.
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).strip();
    return text.isEmpty() ? "unknown" : text;
  }

  private static @Nullable Properties readDescription(Path path) throws IOException {
    Path file = path.resolve(DESCRIPTION);
    if (!Files.exists(file)) {
      if (Files.exists(path.resolve("segments")) && !isEmpty(path.resolve("segments"))) {
        throw new DirectoryRefusedException(
            path + " holds segments but no " + DESCRIPTION + ": restore that file first");
      }
      return null;
    }
    Properties description = new Properties();
    description.load(new StringReader(Files.readString(file)));
    return description;
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static DataDirectory described(Path path, FileChannel lockFile, Properties description)
      throws DirectoryRefusedException {
    int format;
    try {
      format = Integer.parseInt(description.getProperty(KEY_FORMAT, "").strip());
    } catch (NumberFormatException e) {
      throw new DirectoryRefusedException(path + ": " + DESCRIPTION + " can't be read");
    }
    if (format > FORMAT) {
      throw new DirectoryRefusedException(
          path
              + " has format "
              + format
              + ", written by a newer Sluice; this one knows formats up to "
              + FORMAT);
    }
    try {
      return new DataDirectory(
          path,
          lockFile,
          UUID.fromString(description.getProperty(KEY_DISK, "")),
          UUID.fromString(description.getProperty(KEY_CLUSTER, "")),
          Long.parseLong(description.getProperty(KEY_LAYOUT, "0")));
    } catch (IllegalArgumentException e) {
      throw new DirectoryRefusedException(path + ": " + DESCRIPTION + " can't be read");
    }
  }

  private void writeDescription(long version) throws IOException {
    String text =
        "# Written by Sluice. Without this file the data can't be used.\n"
            + property(KEY_FORMAT, FORMAT)
            + property(KEY_DISK, diskId)
            + property(KEY_CLUSTER, clusterId)
            + property(KEY_LAYOUT, version);
    Path temporary = path.resolve(DESCRIPTION + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, path.resolve(DESCRIPTION), StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.sync(path);
  }

  private static String property(String key, Object value) {
    return key + "=" + value + "\n";
  }

  /** The directory itself. */
  public Path path() {
    return path;
  }

  /** Where the segment files are. */
  Path segments() {
    return path.resolve("segments");
  }

  /** Where the index is. */
  Path index() {
    return path.resolve("index");
  }

  /** Made when the directory was; the id of the replica on it. */
  public UUID diskId() {
    return diskId;
  }

  /** The cluster this directory belongs to, for ever. */
  public UUID clusterId() {
    return clusterId;
  }

  /** The oldest layout version whose writes are taken here. */
  long layoutVersion() {
    return layoutVersion;
  }

  /** Makes durable that writers who know only an older layout are refused; never goes back. */
  void raiseLayoutVersion(long version) throws IOException {
    if (version > layoutVersion) {
      writeDescription(version);
      layoutVersion = version;
    }
  }

  /** Gives the directory back. */
  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
