package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The real file system, made to fail. */
final class FaultyFiles implements FileLayer {
  /** What happens before an operation of that name; may throw. */
  interface Fault {
    void before(String operation, Path path) throws IOException;
  }

  private final FileLayer files = new DiskFileLayer();
  final AtomicInteger forces = new AtomicInteger();
  final AtomicInteger looks = new AtomicInteger();
  volatile Fault fault = (operation, path) -> {};
  volatile @Nullable Long usableBytes;

  @Override
  public SegmentFile create(Path path) throws IOException {
    fault.before("create", path);
    return new FaultyFile(path, files.create(path));
  }

  @Override
  public SegmentFile open(Path path) throws IOException {
    fault.before("open", path);
    return new FaultyFile(path, files.open(path));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    fault.before("syncDirectory", directory);
    files.syncDirectory(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    fault.before("delete", path);
    files.delete(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public long usableBytes(Path directory) throws IOException {
    looks.incrementAndGet();
    Long faked = usableBytes;
    return faked != null ? faked : files.usableBytes(directory);
  }

  @Override
  public long totalBytes(Path directory) throws IOException {
    return files.totalBytes(directory);
  }

  private final class FaultyFile implements SegmentFile {
    private final Path path;
    private final SegmentFile file;

    FaultyFile(Path path, SegmentFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void write(ByteBuffer[] parts, long position) throws IOException {
      fault.before("write", path);
      file.write(parts, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      fault.before("read", path);
      return file.read(target, position);
    }

    @Override
    public void force() throws IOException {
      forces.incrementAndGet();
      fault.before("force", path);
      file.force();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void endWrites() throws IOException {
      fault.before("endWrites", path);
      file.endWrites();
    }

    @Override
    public void truncate(long size) throws IOException {
      fault.before("truncate", path);
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
