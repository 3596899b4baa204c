package io.sluice.recovery.backup.file;

import io.sluice.recovery.backup.target.StoredFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A file of a backup being read, by range, and opened when it is sealed. For one thread at a time.
 */
public final class BackupInput implements Closeable {
  /** Segments of a sealed file that are read at once, at most. */
  private static final int READ_AT_ONCE = 32;

  private final String name;
  private final StoredFile file;
  private final @Nullable Sealing sealing;
  private final long size;
  private final byte[] plain = new byte[Sealing.SEGMENT + Sealing.TAG];
  private byte[] stored = new byte[0];

  BackupInput(String name, StoredFile file, @Nullable Sealing sealing) throws IOException {
    this.name = name;
    this.file = file;
    this.sealing = sealing;
    this.size = sealing == null ? file.size() : Sealing.plainLength(name, file.size());
  }

  /** The name below the cluster's folder. */
  public String name() {
    return name;
  }

  /** Plain bytes. */
  public long size() {
    return size;
  }

  /**
   * Fills a buffer's remaining bytes from the plain bytes at {@code offset}.
   *
   * @throws DamagedFileException when there are fewer, or they are not those that were sealed
   */
  public void read(long offset, ByteBuffer into) throws IOException {
    if (offset < 0 || offset + into.remaining() > size) {
      throw new DamagedFileException(
          name, "has %d bytes, not %d".formatted(size, offset + into.remaining()));
    }
    try {
      if (sealing == null) {
        file.read(offset, into);
      } else {
        open(sealing, offset, into);
      }
    } catch (EOFException e) {
      throw new DamagedFileException(name, "became shorter while it was read");
    }
  }

  /** The bytes of a range. */
  public ByteBuffer read(long offset, int length) throws IOException {
    if (offset < 0 || length < 0 || offset + length > size) {
      throw new DamagedFileException(name, "has %d bytes, not %d".formatted(size, offset + length));
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    read(offset, bytes);
    return bytes.flip();
  }

  private void open(Sealing seal, long offset, ByteBuffer into) throws IOException {
    long end = offset + into.remaining();
    long lastOfFile = Sealing.lastSegment(size);
    long at = offset;
    while (at < end) {
      long first = Sealing.segmentOf(at);
      long last = Math.min(Sealing.segmentOf(end - 1), first + READ_AT_ONCE - 1);
      int length = readSegments(first, last);
      for (long segment = first; segment <= last; segment++) {
        int from = (int) (segment - first) * (Sealing.SEGMENT + Sealing.TAG);
        int storedLength = Math.min(Sealing.SEGMENT + Sealing.TAG, length - from);
        int count = seal.open(segment, segment == lastOfFile, stored, from, storedLength, plain);
        int skip = (int) (at - segment * Sealing.SEGMENT);
        int wanted = (int) Math.min(count - skip, end - at);
        into.put(plain, skip, wanted);
        at += wanted;
      }
    }
  }

  private int readSegments(long first, long last) throws IOException {
    long from = Sealing.HEAD + first * (Sealing.SEGMENT + Sealing.TAG);
    long to = Math.min(file.size(), Sealing.HEAD + (last + 1) * (Sealing.SEGMENT + Sealing.TAG));
    int length = (int) (to - from);
    if (stored.length < length) {
      stored = new byte[length];
    }
    file.read(from, ByteBuffer.wrap(stored, 0, length));
    return length;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
