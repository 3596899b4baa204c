package io.sluice.recovery.backup.file;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files that one cluster has in a target, below {@code sluice-backup-1/CLUSTER-ID/}. With a
 * key, every file is sealed, and one that is not is refused: a target is encrypted as a whole or
 * not at all.
 *
 * <p>Every method blocks, and belongs on a worker thread. Safe for use by many threads; what it
 * hands out is for one at a time.
 */
public final class BackupFiles {
  /** The folder of this format, in which each cluster has one. */
  public static final String ROOT = "sluice-backup-1/";

  private static final Pattern CLUSTER =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final BackupTarget target;
  private final UUID clusterId;
  private final @Nullable TargetKey key;
  private final String folder;

  /**
   * @param target stays the caller's to close
   * @param key what files are sealed with; null: they are not
   */
  public BackupFiles(BackupTarget target, UUID clusterId, @Nullable TargetKey key) {
    this.target = target;
    this.clusterId = clusterId;
    this.key = key;
    this.folder = ROOT + clusterId + "/";
  }

  /** The clusters that have backups in a target. */
  public static List<UUID> clusters(BackupTarget target) throws IOException {
    List<UUID> clusters = new ArrayList<>();
    for (String name : target.folders(ROOT)) {
      if (CLUSTER.matcher(name).matches()) { // else it is somebody else's folder
        clusters.add(UUID.fromString(name));
      }
    }
    return clusters;
  }

  public UUID clusterId() {
    return clusterId;
  }

  public @Nullable TargetKey key() {
    return key;
  }

  /**
   * Begins a file.
   *
   * @param name below the cluster's folder
   */
  public BackupOutput create(String name) throws IOException {
    return output(name, target.create(folder + name));
  }

  private BackupOutput output(String name, NewFile file) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(Sealing.HEAD);
    Sealing sealing = key == null ? null : Sealing.create(name, bound(name), key, RANDOM, head);
    try {
      return new BackupOutput(name, file, sealing, head.flip());
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** The name that a sealed file can't leave: a backup may be moved only as a whole. */
  private String bound(String name) {
    return clusterId + "/" + name;
  }

  /**
   * Opens a file.
   *
   * @throws NoSuchFileException when it is not there
   * @throws DamagedFileException when it is not sealed as it should be
   */
  public BackupInput open(String name) throws IOException {
    return input(name, target.open(folder + name));
  }

  private BackupInput input(String name, StoredFile file) throws IOException {
    try {
      ByteBuffer head = ByteBuffer.allocate((int) Math.min(Sealing.HEAD, file.size()));
      if (key != null) {
        file.read(0, head);
      }
      return new BackupInput(
          name, file, key == null ? null : Sealing.open(name, bound(name), key, head.flip()));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Opens a file whose stored bytes are summed while it is read. */
  public SummedInput openSummed(String name) throws IOException {
    return SummedInput.open(target.open(folder + name), stored -> input(name, stored));
  }

  /** Opens a file as it is stored, to sum it. */
  public StoredFile openStored(String name) throws IOException {
    return target.open(folder + name);
  }

  /** Begins a file that is not sealed: the envelope that says with which key the others are. */
  public NewFile createPlain(String name) throws IOException {
    return target.create(folder + name);
  }

  /** Begins a file that is not sealed and may have to go at any time: what people ask for a set. */
  public NewFile createRemovable(String name) throws IOException {
    return target.createRemovable(folder + name);
  }

  /** Writes a small file that is not sealed, and that one alone gets: see the target's. */
  public void claim(String name, byte[] bytes) throws IOException {
    target.claim(folder + name, bytes);
  }

  /** Bytes as the file of that name would hold them. */
  public byte[] seal(String name, byte[] plain) throws IOException {
    MemoryFile file = new MemoryFile();
    try (BackupOutput output = output(name, file)) {
      output.write(ByteBuffer.wrap(plain));
      output.commit();
    }
    return file.bytes();
  }

  /** The plain bytes of what {@link #seal} made under the same name. */
  public byte[] unseal(String name, byte[] sealed) throws IOException {
    try (BackupInput input = input(name, new MemoryFile(sealed))) {
      return input.read(0, Math.toIntExact(input.size())).array();
    }
  }

  /** Gives the files whose names begin with the prefix, in order, with stored sizes. */
  public void list(String prefix, Consumer<FileStatus> each) throws IOException {
    list(prefix, "", each);
  }

  /**
   * The same of those alone whose names come after another.
   *
   * @param after a name, or the begin of one; empty: all
   */
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    target.list(
        folder + prefix,
        after.isEmpty() ? "" : folder + after,
        file -> each.accept(new FileStatus(file.name().substring(folder.length()), file.size())));
  }

  /** Removes a file; one that is not there is passed over. Only pruning does this. */
  public void delete(String name) throws IOException {
    target.delete(folder + name);
  }

  /** The target, for people. */
  @Override
  public String toString() {
    return target.toString();
  }
}
