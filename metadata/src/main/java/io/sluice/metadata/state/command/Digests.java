package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.function.Function;

/** Digests over values of parts, one after the other. */
final class Digests {
  private Digests() {}

  /**
   * A digest.
   *
   * @param algorithm MD5, SHA-1 or SHA-256: every Java platform has these
   */
  static <T> byte[] overAll(String algorithm, List<T> parts, Function<T, ByteString> value) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    for (T part : parts) {
      digest.update(value.apply(part).asReadOnlyByteBuffer());
    }
    return digest.digest();
  }
}
