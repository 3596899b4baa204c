package io.sluice.recovery.backup.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * How one file is sealed: AES-256-GCM in segments of 64 KiB, under a key of the file's own that the
 * target's key wraps.
 *
 * <p>Big endian. A head of 84 bytes, and the segments, each followed by its tag:
 *
 * <pre>
 *  0  magic "SLEF"                                    4
 *  4  format version (1)                              1
 *  5  reserved, zero                                  3
 *  8  id of the target's key                         16
 * 24  nonce of the wrapping                          12
 * 36  the file's key, wrapped: 32 bytes and a tag    48
 * </pre>
 *
 * <p>The wrapping's additional data is the head's first 24 bytes and the file's name, so that a
 * file under another's name is found. A segment's nonce is its number in eight bytes, three zeros,
 * and 1 for the last segment, else 0: segments that were dropped, repeated or put in another order,
 * and an end that is missing, are found. The file's key is used for no other file, so no nonce is
 * used twice. For one thread at a time.
 */
final class Sealing {
  static final int SEGMENT = 64 << 10;
  static final int TAG = 16;
  static final int HEAD = 84;
  static final int VERSION = 1;

  private static final int MAGIC = 0x534c4546;
  private static final int NONCE = 12;
  private static final int BOUND = 24;
  private static final int TAG_BITS = 8 * TAG;

  private final String name;
  private final SecretKeySpec fileKey;
  private final Cipher cipher = cipher();
  private final ByteBuffer nonce = ByteBuffer.allocate(NONCE);

  private Sealing(String name, byte[] fileKey) {
    this.name = name;
    this.fileKey = new SecretKeySpec(fileKey, "AES");
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static Cipher cipher() {
    try {
      return Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES-GCM", e);
    }
  }

  /**
   * A new file's sealing; its head is put into {@code head}.
   *
   * @param bound the name that it can't leave
   */
  static Sealing create(
      String name, String bound, TargetKey key, SecureRandom random, ByteBuffer head) {
    byte[] fileKey = new byte[TargetKey.LENGTH];
    random.nextBytes(fileKey);
    byte[] wrapNonce = new byte[NONCE];
    random.nextBytes(wrapNonce);
    ByteBuffer written = ByteBuffer.allocate(HEAD);
    written.putInt(MAGIC).put((byte) VERSION).put(new byte[3]).put(key.idBytes()).put(wrapNonce);
    try {
      Cipher wrap = cipher();
      wrap.init(Cipher.ENCRYPT_MODE, key.key(), new GCMParameterSpec(TAG_BITS, wrapNonce));
      wrap.updateAAD(written.array(), 0, BOUND);
      wrap.updateAAD(bound.getBytes(StandardCharsets.UTF_8));
      written.put(wrap.doFinal(fileKey));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM refused to wrap a key", e);
    }
    head.put(written.flip());
    return new Sealing(name, fileKey);
  }

  /** The id of the key that a head names, or null when it is not the head of a sealed file. */
  static @Nullable String keyId(ByteBuffer head) {
    if (head.limit() < HEAD || head.getInt(0) != MAGIC) {
      return null;
    }
    byte[] id = new byte[TargetKey.ID_LENGTH];
    head.get(8, id);
    return HexFormat.of().formatHex(id);
  }

  /**
   * What is needed to read the file that begins with this head. Whether the key is right, and the
   * format known, {@code set.json} has said before: here another is damage.
   */
  static Sealing open(String name, String bound, TargetKey key, ByteBuffer head)
      throws DamagedFileException {
    String keyId = keyId(head);
    if (keyId == null) {
      throw new DamagedFileException(name, "is not encrypted, as the files of this target are");
    }
    if (head.get(4) != VERSION) {
      throw new DamagedFileException(name, "is of format " + head.get(4) + ", not " + VERSION);
    }
    if (!keyId.equals(key.id())) {
      throw new DamagedFileException(
          name, "is encrypted with the key %s; the one given is %s".formatted(keyId, key.id()));
    }
    byte[] bytes = new byte[HEAD];
    head.get(0, bytes);
    try {
      Cipher wrap = cipher();
      wrap.init(
          Cipher.DECRYPT_MODE, key.key(), new GCMParameterSpec(TAG_BITS, bytes, BOUND, NONCE));
      wrap.updateAAD(bytes, 0, BOUND);
      wrap.updateAAD(bound.getBytes(StandardCharsets.UTF_8));
      byte[] fileKey = wrap.doFinal(bytes, BOUND + NONCE, HEAD - BOUND - NONCE);
      return new Sealing(name, fileKey);
    } catch (AEADBadTagException e) {
      throw new DamagedFileException(name, "its head is damaged, or another file's");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM refused to unwrap a key", e);
    }
  }

  /** Stored bytes of a file with so many plain ones. */
  static long storedLength(long plainLength) {
    long segments = Math.max(1, (plainLength + SEGMENT - 1) / SEGMENT);
    return HEAD + plainLength + segments * TAG;
  }

  /** Plain bytes of a file with so many stored ones. */
  static long plainLength(String name, long storedLength) throws DamagedFileException {
    long body = storedLength - HEAD;
    long full = SEGMENT + TAG;
    long segments = (body + full - 1) / full;
    long plain = body - segments * TAG;
    if (body < TAG || storedLength(plain) != storedLength) {
      throw new DamagedFileException(name, storedLength + " bytes are not whole segments");
    }
    return plain;
  }

  /** Seals one segment; the result and its tag are at the front of {@code target}. */
  int seal(long segment, boolean last, byte[] plain, int offset, int length, byte[] target) {
    try {
      return init(Cipher.ENCRYPT_MODE, segment, last).doFinal(plain, offset, length, target, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM refused to seal a segment", e);
    }
  }

  /**
   * Opens one segment.
   *
   * @throws DamagedFileException when it is not the one that was sealed there
   */
  int open(long segment, boolean last, byte[] stored, int offset, int length, byte[] target)
      throws DamagedFileException {
    try {
      return init(Cipher.DECRYPT_MODE, segment, last).doFinal(stored, offset, length, target, 0);
    } catch (AEADBadTagException e) {
      throw new DamagedFileException(name, "segment " + segment + " is damaged");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM refused to open a segment", e);
    }
  }

  private Cipher init(int mode, long segment, boolean last) throws GeneralSecurityException {
    nonce.clear();
    nonce.putLong(segment).putInt(last ? 1 : 0);
    cipher.init(mode, fileKey, new GCMParameterSpec(TAG_BITS, nonce.array()));
    return cipher;
  }

  /** The number of the segment that holds a plain byte. */
  static long segmentOf(long offset) {
    return offset / SEGMENT;
  }

  /** The number of a file's last segment. */
  static long lastSegment(long plainLength) {
    return plainLength == 0 ? 0 : (plainLength - 1) / SEGMENT;
  }
}
