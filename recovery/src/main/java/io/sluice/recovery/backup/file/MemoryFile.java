package io.sluice.recovery.backup.file;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;

/** A small file that is part of another. */
final class MemoryFile implements NewFile, StoredFile {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final byte[] stored;

  MemoryFile() {
    this.stored = new byte[0];
  }

  MemoryFile(byte[] stored) {
    this.stored = stored;
  }

  @Override
  public void write(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    written.writeBytes(copy);
  }

  @Override
  public void commit() {}

  byte[] bytes() {
    return written.toByteArray();
  }

  @Override
  public long size() {
    return stored.length;
  }

  @Override
  public void read(long offset, ByteBuffer into) throws EOFException {
    if (offset < 0 || offset + into.remaining() > stored.length) {
      throw new EOFException("only " + stored.length + " bytes");
    }
    into.put(stored, (int) offset, into.remaining());
  }

  @Override
  public void close() {}
}
