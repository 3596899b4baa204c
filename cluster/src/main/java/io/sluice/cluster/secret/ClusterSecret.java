package io.sluice.cluster.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.function.Consumer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;

/**
 * What every node of a cluster knows and nobody else. Never printed, and never sent: keys are
 * derived from it.
 *
 * <p>The public key of the certificate authority that is derived from it can be seen by whoever
 * connects, so a secret that could be guessed could be guessed offline, as fast as the guesser's
 * machines are. That is why a short one is refused. Immutable.
 */
public final class ClusterSecret {
  /** Characters, after trimming. */
  public static final int LENGTH_MIN = 32;

  private static final int FILE_BYTES_MAX = 64 << 10;
  private static final byte[] SALT = "sluice cluster secret".getBytes(UTF_8);
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final byte[] secret;

  private ClusterSecret(byte[] secret) {
    this.secret = secret;
  }

  /**
   * A secret that is at hand.
   *
   * @param text white space around it does not count
   * @throws IllegalArgumentException with a message for the operator when it is too short
   */
  public static ClusterSecret of(String text) {
    String trimmed = text.strip();
    if (trimmed.codePointCount(0, trimmed.length()) < LENGTH_MIN) {
      throw new IllegalArgumentException(
          "the cluster secret has "
              + trimmed.codePointCount(0, trimmed.length())
              + " characters; at least "
              + LENGTH_MIN
              + " are needed (for example: openssl rand -hex 32)");
    }
    return new ClusterSecret(trimmed.getBytes(UTF_8));
  }

  /**
   * Reads the secret from a file. Blocks.
   *
   * @param warn is given one line when others than the file's owner may read or change it
   * @throws IOException with a message for the operator: there is no such file, it can't be read,
   *     or what is in it is too short
   */
  public static ClusterSecret read(Path file, Consumer<String> warn) throws IOException {
    ClusterSecret secret;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new IOException(file + " is too large to be a cluster secret");
      }
      secret = of(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no cluster secret at " + file, e);
    } catch (AccessDeniedException e) {
      throw new IOException("the cluster secret " + file + " may not be read", e);
    } catch (CharacterCodingException e) {
      throw new IOException("the cluster secret " + file + " is not text (UTF-8)", e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    warnIfOpen(file, warn);
    return secret;
  }

  private static void warnIfOpen(Path file, Consumer<String> warn) throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(file);
    } catch (UnsupportedOperationException e) {
      return; // a file system without such permissions
    }
    if (permissions.stream().anyMatch(OTHERS::contains)) {
      warn.accept(
          "the cluster secret "
              + file
              + " can be read or changed by others than its owner; run: chmod 600 "
              + file);
    }
  }

  /**
   * Bytes that only who knows the secret can make (HKDF with SHA-256).
   *
   * @param purpose other bytes for each
   * @param length at most 8,160
   */
  public byte[] derive(String purpose, int length) {
    HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
    hkdf.init(new HKDFParameters(secret, SALT, purpose.getBytes(UTF_8)));
    byte[] derived = new byte[length];
    hkdf.generateBytes(derived, 0, length);
    return derived;
  }

  @Override
  public String toString() {
    return "ClusterSecret";
  }
}
