package io.sluice.metadata.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file of Ratis' log, read without changing them.
 *
 * <p>The file is the magic {@code RaftLog1}, then for each entry its length as a varint, the entry
 * as a protobuf, and the CRC32C of both, big endian; then zeros that were reserved ahead.
 */
final class LogEntries {
  static final byte[] MAGIC = "RaftLog1".getBytes(StandardCharsets.US_ASCII);

  private static final int CHECKSUM_BYTES = 4;
  private static final int VARINT_BYTES_MAX = 5;
  // The first two fields of an entry, both varints: term and index.
  private static final int TERM_TAG = 0x08;

  private final byte[] bytes;
  private final CRC32C checksum = new CRC32C();

  LogEntries(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean hasMagic() {
    return bytes.length >= MAGIC.length
        && ByteBuffer.wrap(bytes, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  int size() {
    return bytes.length;
  }

  /** Whether everything from {@code offset} on is reserved space that was never written. */
  boolean isBlankFrom(int offset) {
    for (int i = offset; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** An entry that is whole, and where the next one begins. */
  record Entry(LogEntryProto body, int next) {}

  /** The entry at an offset, or null unless a whole one with a matching checksum is there. */
  @Nullable Entry at(int offset) {
    if (offset >= bytes.length || bytes[offset] == 0) {
      return null;
    }
    long head = lengthAt(offset);
    if (head < 0) {
      return null;
    }
    int start = (int) (head >>> 32);
    int end = start + (int) head;
    checksum.reset();
    checksum.update(bytes, offset, end - offset);
    if ((int) checksum.getValue() != ByteBuffer.wrap(bytes).getInt(end)) {
      return null;
    }
    try {
      CodedInputStream body = CodedInputStream.newInstance(bytes, start, end - start);
      body.enableAliasing(true);
      return new Entry(LogEntryProto.parseFrom(body), end + CHECKSUM_BYTES);
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * The same at any offset at or after {@code from}: the next one that can be told from garbage, or
   * null.
   */
  @Nullable Entry nextAfter(int from) {
    for (int offset = from; offset < bytes.length; offset++) {
      long head = lengthAt(offset);
      if (head >= 0 && (int) head > 2 && bytes[(int) (head >>> 32)] == TERM_TAG) {
        Entry entry = at(offset);
        if (entry != null) {
          return entry;
        }
      }
    }
    return null;
  }

  /** Where the entry's body begins (upper half) and its length; -1 when it can't lie here. */
  private long lengthAt(int offset) {
    int length = 0;
    for (int i = 0; i < VARINT_BYTES_MAX && offset + i < bytes.length; i++) {
      byte digit = bytes[offset + i];
      length |= (digit & 0x7f) << (7 * i);
      if (digit >= 0) {
        int start = offset + i + 1;
        boolean fits =
            length > 0
                && length <= RaftLimits.ENTRY_BYTES_MAX
                && length <= bytes.length - start - CHECKSUM_BYTES;
        return fits ? ((long) start << 32) | length : -1;
      }
    }
    return -1;
  }
}
