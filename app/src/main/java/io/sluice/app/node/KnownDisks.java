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
   * @param mounted whether its directory was on another device than the directory above it: then an
   *     empty one in its place is a mount that is missing
   * @param path absolute
   */
  public record Disk(String id, Path path, boolean mounted, long capacityBytes) {}

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
            new Disk(
                fields[0],
                Path.of(fields[3]),
                Boolean.parseBoolean(fields[1]),
                Long.parseLong(fields[2])));
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
                        Boolean.toString(disk.mounted()),
                        Long.toString(disk.capacityBytes()),
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

  /** Whether a directory is where a file system of its own begins. */
  static boolean isMount(Path directory) {
    try {
      Path parent = directory.toRealPath().getParent();
      return parent != null && !isSameDevice(directory, parent);
    } catch (IOException e) {
      return false; // nobody can tell
    }
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
