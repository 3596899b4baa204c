package io.sluice.storage;

import com.google.protobuf.ByteString;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * An object's key: 1 to 1,024 bytes of UTF-8, kept exactly as the client sent it. {@code ../},
 * {@code //}, a leading slash and the normal forms of Unicode are all different keys; only NUL,
 * which separates fields in the order of the metadata, and text that is not Unicode are refused.
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
  /** Bytes of UTF-8, as in AWS. */
  public static final int LENGTH_MAX_BYTES = 1024;

  /** Why a key is refused; the message is for the client. */
  public static final class InvalidKeyException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private final boolean tooLong;

    InvalidKeyException(String message, boolean tooLong) {
      super(message);
      this.tooLong = tooLong;
    }

    /** Whether the key is only too long (S3 has an error code of its own for that). */
    public boolean isTooLong() {
      return tooLong;
    }
  }

  /**
   * Checks the rules.
   *
   * @throws InvalidKeyException when it is empty, too long, holds NUL or unpaired surrogates
   */
  public ObjectKey {
    if (value.isEmpty()) {
      throw new InvalidKeyException("An object key must not be empty.", false);
    }
    if (value.indexOf('\0') >= 0) {
      throw new InvalidKeyException("An object key must not contain NUL.", false);
    }
    // A char is at most three bytes of UTF-8: most keys need no closer look for their length.
    if (value.length() * 3 > LENGTH_MAX_BYTES || !isAscii(value)) {
      int bytes = utf8Length(value);
      if (bytes > LENGTH_MAX_BYTES) {
        throw new InvalidKeyException("Your key is too long", true);
      }
    }
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static int utf8Length(String text) {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
    } catch (CharacterCodingException e) {
      throw new InvalidKeyException("An object key must be valid Unicode.", false);
    }
  }

  /** The key's bytes, in the order of which objects are listed. */
  public ByteString toByteString() {
    return ByteString.copyFromUtf8(value);
  }

  /** In the order of the UTF-8 bytes, as S3 lists. */
  @Override
  public int compareTo(ObjectKey other) {
    return ByteString.unsignedLexicographicalComparator()
        .compare(toByteString(), other.toByteString());
  }

  @Override
  public String toString() {
    return value;
  }
}
