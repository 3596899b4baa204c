package io.sluice.load.cluster;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A disk of a node's own, so that it can fill up or become slow alone: an ext4 file system in a
 * file, by a loop device. Needs root.
 */
public final class LoopDisk implements AutoCloseable {

  private static final String SIZE = "8G";
  private static final Path CGROUP = Path.of("/sys/fs/cgroup/blkio");

  private final Path mountPoint;
  private final Path filler;
  private final String name;

  private LoopDisk(Path mountPoint, String name) {
    this.mountPoint = mountPoint;
    this.filler = mountPoint.resolve("filler");
    this.name = name;
  }

  /** Makes the disk in a sparse file beside {@code mountPoint}, and mounts it there. */
  static LoopDisk mount(Path mountPoint) throws IOException {
    Path image = mountPoint.resolveSibling(mountPoint.getFileName() + ".img");
    Shell.run("truncate", "-s", SIZE, image.toString());
    Shell.run("mkfs.ext4", "-q", "-m", "0", image.toString());
    Files.createDirectories(mountPoint);
    Shell.run("mount", "-o", "loop", image.toString(), mountPoint.toString());
    return new LoopDisk(
        mountPoint, "sluice-" + ProcessHandle.current().pid() + '-' + mountPoint.getFileName());
  }

  /** Takes all the space that is left; {@link #empty} gives it back. */
  public void fill() throws IOException {
    FileStore store = Files.getFileStore(mountPoint);
    // What is written meanwhile may take some of it, so the rest is taken in ever smaller pieces.
    for (long piece = store.getUsableSpace(); piece >= 4096; piece /= 2) {
      Shell.attempt("fallocate", "-o", size(), "-l", Long.toString(piece), filler.toString());
    }
  }

  private String size() throws IOException {
    return Long.toString(Files.exists(filler) ? Files.size(filler) : 0);
  }

  public void empty() throws IOException {
    Files.deleteIfExists(filler);
  }

  /** Whether {@link #slow} works here. */
  public static boolean canSlow() {
    return Files.isWritable(CGROUP.resolve("cgroup.procs"));
  }

  /** From now on the disk takes only so many writes a second from that process. */
  public void slow(long pid, int writesPerSecond) throws IOException {
    Path group = Files.createDirectories(CGROUP.resolve(name));
    String device = Shell.run("findmnt", "-no", "MAJ:MIN", mountPoint.toString()).strip();
    Files.writeString(
        group.resolve("blkio.throttle.write_iops_device"), device + ' ' + writesPerSecond);
    Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
  }

  /** Undoes {@link #slow}. */
  public void quicken(long pid) throws IOException {
    Files.writeString(CGROUP.resolve("cgroup.procs"), Long.toString(pid));
    Shell.attempt("rmdir", CGROUP.resolve(name).toString());
  }

  @Override
  public void close() {
    Shell.attempt("umount", mountPoint.toString());
    Shell.attempt("rmdir", CGROUP.resolve(name).toString());
  }
}
