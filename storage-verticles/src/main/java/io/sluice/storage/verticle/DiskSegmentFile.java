package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of a real file system. Large writes go around the page cache where the file system can do
 * that ({@code O_DIRECT}): the cache would be filled with bytes that are seldom read again soon,
 * each of them in a page that is new to this process, and in a virtual machine often new to its
 * host, which costs ten times as much as the copy.
 *
 * <p>{@code O_DIRECT} moves whole blocks. A write begins and ends anywhere: what it has of its
 * first and last block goes through the page cache as before, and the whole blocks between them
 * directly. No byte is written both ways, and no page holds bytes of both kinds, so neither can
 * hide the other. {@link #force} covers both: it is of the file, not of the way it was written.
 */
final class DiskSegmentFile implements SegmentFile {
  /** Less than this is written faster through the page cache, with others, at the fsync. */
  static final int DIRECT_BYTES_MIN = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(DiskSegmentFile.class);

  private final Path path;
  private final FileChannel channel;
  private final AlignedBuffers buffers;
  private final Function<Path, @Nullable DirectWrites> opener;
  private @Nullable DirectWrites direct;
  private boolean directTried;

  DiskSegmentFile(Path path, FileChannel channel, AlignedBuffers buffers) {
    this(path, channel, buffers, DirectWrites::openIfPossible);
  }

  /**
   * @param opener opens the file for direct writes, or gives null where that can't be done
   */
  DiskSegmentFile(
      Path path,
      FileChannel channel,
      AlignedBuffers buffers,
      Function<Path, @Nullable DirectWrites> opener) {
    this.opener = opener;
    this.path = path;
    this.channel = channel;
    this.buffers = buffers;
  }

  @Override
  public void write(ByteBuffer[] parts, long position) throws IOException {
    long length = 0;
    for (ByteBuffer part : parts) {
      length += part.remaining();
    }
    DirectWrites around = length < DIRECT_BYTES_MIN ? null : direct();
    if (around == null) {
      writeCached(parts, position);
    } else {
      writeAround(around, parts, position, length);
    }
  }

  private void writeCached(ByteBuffer[] parts, long position) throws IOException {
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

  private void writeAround(DirectWrites around, ByteBuffer[] parts, long position, long length)
      throws IOException {
    int blockBytes = around.blockBytes();
    ByteBuffer buffer = buffers.take(blockBytes);
    try {
      Gathering from = new Gathering(parts);
      long at = position;
      long end = position + length;
      // Blocks may be longer than the write: there are file systems with blocks of 4 MiB.
      int toBlock = (int) Math.min(length, -position & (blockBytes - 1));
      at = writeFully(channel, from.next(buffer, toBlock), at);
      while (end - at >= blockBytes) {
        long blocks = Math.min(end - at, AlignedBuffers.BYTES) & -blockBytes;
        at = writeBlocks(around, from.next(buffer, (int) blocks), at);
      }
      writeFully(channel, from.next(buffer, (int) (end - at)), at);
    } finally {
      buffers.giveBack(buffer);
    }
  }

  /**
   * Some file systems open a file for direct writes and then refuse them (EINVAL), for example
   * because the disk below wants larger blocks. Such a refusal says nothing about the disk: it is
   * written through the page cache then, this time and from now on.
   */
  private long writeBlocks(DirectWrites around, ByteBuffer blocks, long position)
      throws IOException {
    int begin = blocks.position();
    if (direct == null) {
      return writeFully(channel, blocks, position);
    }
    try {
      return writeFully(around.channel(), blocks, position);
    } catch (IOException e) {
      if (!isInvalidArgument(e)) {
        throw e;
      }
      LOG.info("{} is written through the page cache: {}", path, e.toString());
      endWrites();
      blocks.position(begin);
      return writeFully(channel, blocks, position);
    }
  }

  private static boolean isInvalidArgument(IOException failure) {
    return "Invalid argument".equals(failure.getMessage());
  }

  private static long writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    return at;
  }

  private @Nullable DirectWrites direct() {
    if (!directTried) {
      directTried = true;
      direct = opener.apply(path);
    }
    return direct;
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
  public void endWrites() throws IOException {
    DirectWrites around = direct;
    direct = null;
    directTried = true;
    if (around != null) {
      around.channel().close();
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      endWrites();
    }
  }

  /** Reads through buffers as if they were one. */
  private static final class Gathering {
    private final ByteBuffer[] parts;
    private int current;

    Gathering(ByteBuffer[] parts) {
      this.parts = parts;
    }

    /** {@code target} with the next {@code length} bytes, and ready to be read. */
    ByteBuffer next(ByteBuffer target, int length) {
      target.clear().limit(length);
      while (target.hasRemaining()) {
        ByteBuffer part = parts[current];
        int take = Math.min(part.remaining(), target.remaining());
        target.put(part.slice(part.position(), take));
        part.position(part.position() + take);
        if (!part.hasRemaining()) {
          current++;
        }
      }
      return target.flip();
    }
  }
}
