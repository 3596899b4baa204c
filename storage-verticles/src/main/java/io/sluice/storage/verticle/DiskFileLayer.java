package io.sluice.storage.verticle;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The real file system. */
public final class DiskFileLayer implements FileLayer {
  @Override
  public SegmentFile create(Path path) throws IOException {
    return new DiskSegmentFile(
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public SegmentFile open(Path path) throws IOException {
    return new DiskSegmentFile(
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
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

  private record DiskSegmentFile(FileChannel channel) implements SegmentFile {
    @Override
    public void write(ByteBuffer[] parts, long position) throws IOException {
      channel.position(position);
      // One call writes at most IOV_MAX buffers and about 2 GiB, and may write less than asked.
      int next = 0;
      while (next < parts.length) {
        channel.write(parts, next, parts.length - next);
        while (next < parts.length && !parts[next].hasRemaining()) {
          next++;
        }
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int total = 0;
      while (target.hasRemaining()) {
        int read = channel.read(target, position + total);
        if (read < 0) {
          break;
        }
        total += read;
      }
      return total;
    }

    @Override
    public void force() throws IOException {
      // fdatasync: it also writes the length of the file when that changed.
      channel.force(false);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
