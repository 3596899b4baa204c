package io.sluice.cluster.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A directory as a sequence of blocks, see {@link CheckpointFormat}. Blocks; one thread at a time.
 */
final class CheckpointReader implements AutoCloseable {
  private static final int BLOCK_BYTES = 256 << 10;

  private final Iterator<Path> files;
  private final int count;
  private final CRC32C crc = new CRC32C();
  private @Nullable FileChannel open;
  private long left;
  private boolean begun;
  private boolean ended;

  CheckpointReader(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> listed = Files.list(directory)) {
      all = listed.sorted().toList();
    }
    for (Path file : all) {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          || !CheckpointFormat.isFileName(name(file))) {
        throw new IOException(file + " can't be part of a checkpoint");
      }
    }
    if (all.size() > CheckpointFormat.FILES_MAX) {
      throw new IOException(all.size() + " files are too many for a checkpoint");
    }
    files = all.iterator();
    count = all.size();
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** The next bytes; null after the last. */
  @Nullable ByteBuffer next() throws IOException {
    if (ended) {
      return null;
    }
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    if (!begun) {
      begun = true;
      block.putInt(CheckpointFormat.MAGIC);
    }
    // Room for a file's CRC, the next one's name and length, and the end.
    while (!ended && block.remaining() > CheckpointFormat.NAME_MAX + 32) {
      if (open != null) {
        copy(open, block);
      } else if (files.hasNext()) {
        begin(files.next(), block);
      } else {
        ended = true;
        block.putShort((short) 0).putInt(count);
      }
    }
    return block.flip();
  }

  private void begin(Path file, ByteBuffer block) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    open = channel;
    left = channel.size();
    crc.reset();
    byte[] name = name(file).getBytes(US_ASCII);
    block.putShort((short) name.length).put(name).putLong(left);
  }

  private void copy(FileChannel channel, ByteBuffer block) throws IOException {
    int start = block.position();
    int most = (int) Math.min(left, block.remaining() - Integer.BYTES);
    block.limit(start + most);
    while (block.hasRemaining()) {
      if (channel.read(block) < 0) {
        throw new IOException("a file of a checkpoint became shorter");
      }
    }
    crc.update(block.slice(start, most));
    block.limit(block.capacity());
    left -= most;
    if (left == 0) {
      block.putInt((int) crc.getValue());
      channel.close();
      open = null;
    }
  }

  @Override
  public void close() throws IOException {
    FileChannel channel = open;
    if (channel != null) {
      channel.close();
    }
  }

  /** Deletes a checkpoint's directory with its files. */
  static void delete(Path directory) throws IOException {
    try (Stream<Path> listed = Files.list(directory)) {
      for (Path file : listed.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
