package io.sluice.storage.verticle;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The real file system. */
public final class DiskFileLayer implements FileLayer {
  private final AlignedBuffers buffers = new AlignedBuffers();

  @Override
  public SegmentFile create(Path path) throws IOException {
    return new DiskSegmentFile(
        path,
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
        buffers);
  }

  @Override
  public SegmentFile open(Path path) throws IOException {
    return new DiskSegmentFile(
        path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE), buffers);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    DurableDirectory.sync(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(Path::getFileName).map(Path::toString).sorted().toList();
    }
  }

  @Override
  public long usableBytes(Path directory) {
    // One statvfs; Files.getFileStore would read the table of mounts each time.
    return directory.toFile().getUsableSpace();
  }

  @Override
  public long totalBytes(Path directory) {
    return directory.toFile().getTotalSpace();
  }
}
