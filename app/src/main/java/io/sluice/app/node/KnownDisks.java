package io.sluice.app.node;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which disks this node has, and where: kept beside the metadata, so that a disk that is missing or
 * empty at a start is told from one that is new. Without the file nothing is known. Blocks.
 */
public final class KnownDisks {
  private static final String FILE = "disks";
  private static final String FIELD = "\t";
  private static final int FIELDS = 4;
  private static final String DEVICE = "unix:dev";

  private KnownDisks() {}

  /**
   * A disk as it was when it was open last.
   *
   * @param path absolute
   * @param mount where the file system begins that the directory was on: when none begins there any
   *     more, an empty directory is no new disk but a mount that is missing
   */
  public record Disk(String id, Path path, Path mount, long capacityBytes) {
    boolean isMounted() {
      return isMount(mount);
    }
  }

  /** The disks of the last start; none if nothing was noted. */
  public static List<Disk> read(Path metadataDirectory) throws IOException {
    Path file = metadataDirectory.resolve(FILE);
    List<Disk> disks = new ArrayList<>();
    if (!Files.exists(file)) {
      return disks;
    }
    for (String line : Files.readAllLines(file)) {
      String[] fields = line.split(FIELD, FIELDS);
      if (fields.length == FIELDS) {
        disks.add(
            new Disk(fields[0], Path.of(fields[3]), Path.of(fields[2]), Long.parseLong(fields[1])));
      }
    }
    return disks;
  }

  /** Notes the disks, durably, if they are others than before. */
  public static void write(Path metadataDirectory, List<Disk> disks) throws IOException {
    if (disks.equals(read(metadataDirectory))) {
      return;
    }
    String text =
        disks.stream()
            .map(
                disk ->
                    String.join(
                        FIELD,
                        disk.id(),
                        Long.toString(disk.capacityBytes()),
                        disk.mount().toString(),
                        disk.path().toString()))
            .collect(Collectors.joining("\n", "", "\n"));
    Path draft = metadataDirectory.resolve(FILE + ".new");
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(draft, metadataDirectory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.sync(metadataDirectory);
  }

  /** Where the file system of a directory begins, as far as that can be told. */
  static Path mountOf(Path directory) throws IOException {
    Path at = directory.toRealPath();
    for (Path up = at.getParent(); up != null && isSameDevice(at, up); up = at.getParent()) {
      at = up;
    }
    return at;
  }

  private static boolean isMount(Path directory) {
    Path parent = directory.getParent();
    return parent == null || (Files.exists(directory) && !isSameDevice(directory, parent));
  }

  /** Whether two directories are on one file system, as far as that can be told. */
  static boolean isSameDevice(Path one, Path other) {
    try {
      return Files.getAttribute(one, DEVICE).equals(Files.getAttribute(other, DEVICE));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return true;
    }
  }
}
