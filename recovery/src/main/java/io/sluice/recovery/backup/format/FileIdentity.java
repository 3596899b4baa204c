package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.chunk.ChunkRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Which file this is: the head that packs, rows and chunk indexes begin with, and a number of 32
 * bits that their other parts carry, so that a part of another file is not taken for one of this.
 *
 * <p>Big endian, 48 bytes:
 *
 * <pre>
 *  0  magic, by kind of file                          4
 *  4  format version (1)                              1
 *  5  reserved, zero                                  3
 *  8  cluster id                                     16
 * 24  first bytes of SHA-256 of CLUSTER-ID/NAME      16
 * 40  reserved, zero                                  4
 * 44  CRC32C of bytes 0 to 43                         4
 * </pre>
 */
final class FileIdentity {
  static final int LENGTH = 48;
  static final int VERSION = 1;

  private static final int DIGEST = 16;
  private static final int CRC_AT = 44;

  private final String name;
  private final ByteBuffer head;

  FileIdentity(int magic, UUID clusterId, String name) {
    this.name = name;
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putInt(magic).put((byte) VERSION).put(new byte[3]);
    bytes.putLong(clusterId.getMostSignificantBits());
    bytes.putLong(clusterId.getLeastSignificantBits());
    bytes.put(digest(clusterId + "/" + name), 0, DIGEST).putInt(0);
    bytes.putInt(ChunkRecord.crc32c(bytes, 0, CRC_AT));
    this.head = bytes.flip();
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  ByteBuffer head() {
    return head.asReadOnlyBuffer();
  }

  /** The first four bytes of the digest. */
  int mark() {
    return head.getInt(24);
  }

  /** Compares the head of a file that was read. */
  void check(ByteBuffer read) throws DamagedFileException {
    if (read.equals(head)) {
      return;
    }
    boolean whole =
        read.remaining() == LENGTH
            && read.getInt(0) == head.getInt(0)
            && read.getInt(CRC_AT) == ChunkRecord.crc32c(read, 0, CRC_AT);
    if (whole && read.get(4) != VERSION) {
      throw new DamagedFileException(name, "is of format " + read.get(4) + ", not " + VERSION);
    }
    throw new DamagedFileException(name, whole ? "is another file" : "its head is damaged");
  }
}
