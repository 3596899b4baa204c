package io.sluice.cluster.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a {@link CheckpointReader} gave into an empty directory, checks it, and makes it
 * durable. Nothing of an incomplete copy stays. Blocks; one thread at a time.
 */
final class CheckpointWriter implements AutoCloseable {
  private enum Expects {
    MAGIC,
    NAME_LENGTH,
    NAME,
    CONTENT,
    CRC,
    COUNT,
    NOTHING
  }

  private final Path directory;
  private final List<Path> files = new ArrayList<>();
  private final CRC32C crc = new CRC32C();

  /** What is not yet long enough to be understood. */
  private ByteBuffer field = ByteBuffer.allocate(Integer.BYTES);

  private Expects expects = Expects.MAGIC;
  private @Nullable FileChannel open;
  private long left;
  private boolean durable;

  /**
   * A writer.
   *
   * @throws IOException unless the directory is there and empty
   */
  CheckpointWriter(Path directory) throws IOException {
    this.directory = directory;
    try (Stream<Path> listed = Files.list(directory)) {
      if (listed.findAny().isPresent()) {
        throw new IOException(directory + " is not empty");
      }
    }
  }

  /** Takes the next bytes, however they are cut. */
  void accept(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (expects == Expects.CONTENT) {
        content(bytes);
      } else if (expects == Expects.NOTHING) {
        throw damaged("bytes follow its end");
      } else {
        while (bytes.hasRemaining() && field.hasRemaining()) {
          field.put(bytes.get());
        }
        if (!field.hasRemaining()) {
          understand(field.flip());
        }
      }
    }
  }

  private void understand(ByteBuffer value) throws IOException {
    switch (expects) {
      case MAGIC -> {
        if (value.getInt() != CheckpointFormat.MAGIC) {
          throw damaged("it is none");
        }
        expect(Expects.NAME_LENGTH, Short.BYTES);
      }
      case NAME_LENGTH -> {
        int length = Short.toUnsignedInt(value.getShort());
        if (length == 0) {
          expect(Expects.COUNT, Integer.BYTES);
        } else if (length <= CheckpointFormat.NAME_MAX
            && files.size() < CheckpointFormat.FILES_MAX) {
          expect(Expects.NAME, length + Long.BYTES);
        } else {
          throw damaged("it has too many files, or too long a name");
        }
      }
      case NAME -> begin(value);
      case CRC -> finish(value.getInt());
      case COUNT -> {
        if (value.getInt() != files.size()) {
          throw damaged("it does not have as many files as it says");
        }
        expect(Expects.NOTHING, 0);
      }
      case CONTENT, NOTHING -> throw new IllegalStateException(expects.toString());
    }
  }

  private void expect(Expects next, int bytes) {
    expects = next;
    field = ByteBuffer.allocate(bytes);
  }

  private void begin(ByteBuffer value) throws IOException {
    byte[] bytes = new byte[value.remaining() - Long.BYTES];
    value.get(bytes);
    String name = new String(bytes, US_ASCII);
    left = value.getLong();
    if (!CheckpointFormat.isFileName(name) || left < 0) {
      throw damaged("it has a file with an impossible name or length");
    }
    Path file = directory.resolve(name);
    open = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    files.add(file);
    crc.reset();
    if (left == 0) {
      expect(Expects.CRC, Integer.BYTES);
    } else {
      expect(Expects.CONTENT, 0);
    }
  }

  private void content(ByteBuffer bytes) throws IOException {
    ByteBuffer piece = bytes.slice(bytes.position(), (int) Math.min(left, bytes.remaining()));
    bytes.position(bytes.position() + piece.remaining());
    left -= piece.remaining();
    crc.update(piece.duplicate());
    FileChannel channel = channel();
    while (piece.hasRemaining()) {
      channel.write(piece);
    }
    if (left == 0) {
      expect(Expects.CRC, Integer.BYTES);
    }
  }

  private void finish(int expected) throws IOException {
    if ((int) crc.getValue() != expected) {
      throw damaged("a file does not match its CRC32C");
    }
    try (FileChannel channel = channel()) {
      channel.force(true);
    }
    open = null;
    expect(Expects.NAME_LENGTH, Short.BYTES);
  }

  private FileChannel channel() {
    FileChannel channel = open;
    if (channel == null) {
      throw new IllegalStateException("no file is open");
    }
    return channel;
  }

  private static IOException damaged(String why) {
    return new IOException("the checkpoint did not arrive whole: " + why);
  }

  /** Ends a copy that is complete: it survives a power cut from here on. */
  void complete() throws IOException {
    if (expects != Expects.NOTHING) {
      throw damaged("its end is missing");
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
    durable = true;
  }

  /** Deletes what was written, unless it was completed. */
  @Override
  public void close() throws IOException {
    FileChannel channel = open;
    if (channel != null) {
      channel.close();
      open = null;
    }
    if (!durable) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }
}
