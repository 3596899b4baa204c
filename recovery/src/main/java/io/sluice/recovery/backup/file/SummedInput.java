package io.sluice.recovery.backup.file;

import io.sluice.recovery.backup.target.StoredFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A file whose stored bytes are summed while it is read, so that one reading is enough to know its
 * records and its SHA-256. What is read from front to back is summed on the way, and the rest at
 * the end. For one thread at a time.
 */
public final class SummedInput implements Closeable {
  private static final int REST_AT_ONCE = 1 << 20;

  private final Summing file;
  private final BackupInput input;

  private SummedInput(Summing file, BackupInput input) {
    this.file = file;
    this.input = input;
  }

  /** Opens a file's plain bytes behind the summing of the stored ones. */
  interface Opening {
    BackupInput open(StoredFile stored) throws IOException;
  }

  static SummedInput open(StoredFile stored, Opening opening) throws IOException {
    Summing summing = new Summing(stored);
    return new SummedInput(summing, opening.open(summing));
  }

  /** The plain bytes; closed with this. */
  public BackupInput input() {
    return input;
  }

  /** Stored bytes. */
  public long size() {
    return file.size();
  }

  /** The SHA-256 of all stored bytes, 64 hex digits; reads those that were not read yet. */
  public String sha256() throws IOException {
    ByteBuffer rest = ByteBuffer.allocate(REST_AT_ONCE);
    while (file.summed < file.size()) {
      rest.clear().limit((int) Math.min(rest.capacity(), file.size() - file.summed));
      file.read(file.summed, rest);
    }
    return HexFormat.of().formatHex(file.sha.digest());
  }

  @Override
  public void close() throws IOException {
    input.close();
  }

  private static final class Summing implements StoredFile {
    private final StoredFile file;
    private final MessageDigest sha = Sealing.sha256();
    private long summed;

    Summing(StoredFile file) {
      this.file = file;
    }

    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      ByteBuffer read = into.duplicate();
      file.read(offset, into);
      long end = offset + read.remaining();
      if (offset <= summed && end > summed) {
        read.position(read.position() + (int) (summed - offset));
        sha.update(read);
        summed = end;
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
