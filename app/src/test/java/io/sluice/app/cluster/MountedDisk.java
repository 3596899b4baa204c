package io.sluice.app.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A disk of its own, so that it can fail alone: an ext4 file system in a file, by a loop device.
 * Needs root, and Python for the one call that makes it fail.
 */
final class MountedDisk implements AutoCloseable {
  private static final String SIZE = "1G";
  private static final long LIMIT_SECONDS = 60;

  /** EXT4_IOC_SHUTDOWN, without flushing: from then on every access is an I/O error. */
  private static final String SHUT_DOWN =
      "import fcntl,os,struct,sys;"
          + "fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587d,struct.pack('I',2))";

  private final Path directory;
  private int images;

  private MountedDisk(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes one.
   *
   * @throws IOException where that is not allowed
   */
  static MountedDisk make(Path directory) throws IOException {
    MountedDisk disk = new MountedDisk(Files.createDirectories(directory));
    disk.mountEmpty();
    return disk;
  }

  /**
   * Puts an empty file system there. In a file of its own: while somebody else's mount namespace
   * still has the one before, its file would be mounted as it is there, failed.
   */
  void mountEmpty() throws IOException {
    Path image = directory.resolveSibling(directory.getFileName() + "-" + images++ + ".img");
    run("truncate", "-s", SIZE, image.toString());
    run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
    run("mount", "-o", "loop", image.toString(), directory.toString());
  }

  void unmount() throws IOException {
    run("umount", directory.toString());
  }

  /** Every access fails from now on. */
  void fail() throws IOException {
    run("python3", "-c", SHUT_DOWN, directory.toString());
  }

  private static void run(String... command) throws IOException {
    Path said = Files.createTempFile("mounted-disk", ".out");
    try {
      Process process =
          new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + ": " + Files.readString(said));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      Files.delete(said);
    }
  }

  @Override
  public void close() throws IOException {
    unmount();
  }
}
