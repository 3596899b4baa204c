package io.sluice.recovery.backup.target.s3;

import io.sluice.recovery.backup.target.StoredFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An object being read, by ranges. */
final class S3StoredFile implements StoredFile {
  private final ObjectReader reader;
  private final String key;
  private final ObjectStatus status;

  S3StoredFile(ObjectReader reader, String key, ObjectStatus status) {
    this.reader = reader;
    this.key = key;
    this.status = status;
  }

  @Override
  public long size() {
    return status.size();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException("offset " + offset);
    }
    if (offset > status.size() - into.remaining()) {
      throw new EOFException(
          key + " ends at " + status.size() + ", before " + into.remaining() + " from " + offset);
    }
    for (long at = offset; into.hasRemaining(); ) {
      int count = Math.min(into.remaining(), ObjectReader.RANGE_BYTES_MAX);
      into.put(reader.range(key, status, at, count));
      at += count;
    }
  }

  @Override
  public void close() {}
}
