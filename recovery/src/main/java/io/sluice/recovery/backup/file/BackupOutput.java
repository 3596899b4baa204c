package io.sluice.recovery.backup.file;

import io.sluice.recovery.backup.target.NewFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A file of a backup being written: sealed on its way when the target has a key, and summed. Keeps
 * a quarter of a megabyte in memory. Blocks; for one thread at a time.
 */
public final class BackupOutput implements Closeable {
  private static final int BUFFERED = 4 * Sealing.SEGMENT;

  private final String name;
  private final NewFile file;
  private final @Nullable Sealing sealing;
  private final MessageDigest sha = Sealing.sha256();
  private final byte[] buffer = new byte[BUFFERED];
  private final byte[] sealed = new byte[Sealing.SEGMENT + Sealing.TAG];
  private int buffered;
  private long position;
  private long stored;
  private long segment;

  /**
   * @param head what comes before the segments when the file is sealed
   */
  BackupOutput(String name, NewFile file, @Nullable Sealing sealing, ByteBuffer head)
      throws IOException {
    this.name = name;
    this.file = file;
    this.sealing = sealing;
    store(head);
  }

  /** Adds the remaining bytes, which may be used again when this returns. */
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (buffered == BUFFERED) {
        flush(false);
      }
      int count = Math.min(bytes.remaining(), BUFFERED - buffered);
      bytes.get(buffer, buffered, count);
      buffered += count;
      position += count;
    }
  }

  /** Plain bytes so far: the offset at which the next ones will be. */
  public long position() {
    return position;
  }

  /**
   * Makes the file visible and durable.
   *
   * @throws FileAlreadyExistsException when another is there under its name
   */
  public FileEntry commit() throws IOException {
    flush(true);
    file.commit();
    return new FileEntry(name, stored, HexFormat.of().formatHex(sha.digest()));
  }

  /**
   * Writes what is kept; more is to come, unless it is the end: only then is a segment the last.
   */
  private void flush(boolean end) throws IOException {
    if (sealing == null) {
      store(ByteBuffer.wrap(buffer, 0, buffered));
    } else {
      int at = 0;
      do {
        int length = Math.min(Sealing.SEGMENT, buffered - at);
        boolean last = end && at + length == buffered;
        int count = sealing.seal(segment, last, buffer, at, length, sealed);
        store(ByteBuffer.wrap(sealed, 0, count));
        segment++;
        at += length;
      } while (at < buffered);
    }
    buffered = 0;
  }

  private void store(ByteBuffer bytes) throws IOException {
    stored += bytes.remaining();
    sha.update(bytes.duplicate());
    file.write(bytes);
  }

  /** Ends the writing. Without a commit before, nothing is left of it. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
