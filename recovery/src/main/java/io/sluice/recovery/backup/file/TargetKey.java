package io.sluice.recovery.backup.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that the keys of a target's files are wrapped with: 256 bits that are kept apart from the
 * target and from the cluster. Never shown, only its id is.
 */
public final class TargetKey {
  /** Bytes of a key. */
  public static final int LENGTH = 32;

  static final int ID_LENGTH = 16;
  private static final int FILE_MAX = 1024;
  private static final int HEX_LENGTH = 2 * LENGTH;

  private final SecretKeySpec key;
  private final byte[] id;

  private TargetKey(byte[] bytes) {
    this.key = new SecretKeySpec(bytes, "AES");
    MessageDigest sha = Sealing.sha256();
    sha.update("sluice-backup-key".getBytes(StandardCharsets.US_ASCII));
    sha.update(bytes);
    this.id = Arrays.copyOf(sha.digest(), ID_LENGTH);
  }

  /** A key of these 32 bytes. */
  public static TargetKey of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
    }
    return new TargetKey(bytes.clone());
  }

  /**
   * Reads a key file: 32 bytes as base64 or as hex digits, with white space around them.
   *
   * @throws IllegalArgumentException when it holds anything else; its content is not in the message
   */
  public static TargetKey load(Path file) throws IOException {
    // A pipe or a device may never end, or never begin.
    if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
      throw new IllegalArgumentException(file + " is no key file: it is not a regular file");
    }
    if (Files.size(file) > FILE_MAX) {
      throw new IllegalArgumentException(file + " is no key file: it is too large");
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
    try {
      byte[] bytes =
          text.length() == HEX_LENGTH
              ? HexFormat.of().parseHex(text)
              : Base64.getDecoder().decode(text);
      if (bytes.length == LENGTH) {
        return new TargetKey(bytes);
      }
    } catch (IllegalArgumentException e) {
      // Its message may show what was read.
    }
    throw new IllegalArgumentException(
        file + " is no key file: it needs 32 bytes, as base64 or 64 hex digits");
  }

  /** Which key this is: 32 lower-case hex digits, from which the key can't be found. */
  public String id() {
    return HexFormat.of().formatHex(id);
  }

  byte[] idBytes() {
    return id.clone();
  }

  SecretKeySpec key() {
    return key;
  }

  /** The id, never the key. */
  @Override
  public String toString() {
    return "key " + id();
  }
}
