package io.sluice.recovery.backup.format;

import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import java.nio.ByteBuffer;

/**
 * A chunk's record whose checksums were found right.
 *
 * @param record all of it, from its position to its limit
 */
public record StoredChunk(ChunkHeader header, ByteBuffer record) {
  /**
   * Checks a record: its head, its frame table, and every frame.
   *
   * @param record from its position to its limit; neither is moved
   * @throws MalformedRecordException when anything in it is wrong
   */
  public static StoredChunk check(ByteBuffer record) throws MalformedRecordException {
    ByteBuffer reading = record.duplicate();
    ChunkHeader header = ChunkRecord.readHead(reading);
    if (header.tombstone() || header.recordLength() != record.remaining()) {
      throw new MalformedRecordException("it is not one whole record");
    }
    int at = reading.position();
    for (ChunkFrame frame : header.frames()) {
      if (ChunkRecord.crc32c(record, at, frame.storedLength()) != frame.crc32c()) {
        throw new MalformedRecordException("a frame does not match its CRC32C");
      }
      at += frame.storedLength();
    }
    return new StoredChunk(header, record.duplicate());
  }

  /** The stored frames, one behind another. */
  public ByteBuffer body() {
    return record.slice(record.position() + header.headLength(), header.bodyLength());
  }
}
