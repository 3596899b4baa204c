package io.sluice.app.server;

import io.sluice.app.node.StartupException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The root account's first key. From the environment; else from the file that an earlier start left
 * in the first data directory; else made up at random and kept there. There is no default password.
 *
 * <p>A start may fail after the key was made and before anybody could use it. So the file says that
 * the key was not shown yet until a server that is ready has shown it.
 *
 * @param unseen whether it was made up, and no start has shown it yet
 */
public record RootCredentials(String accessKey, String secretKey, boolean unseen) {
  /** Environment variables. */
  public static final String ACCESS_KEY_VARIABLE = "SLUICE_ROOT_ACCESS_KEY";

  public static final String SECRET_KEY_VARIABLE = "SLUICE_ROOT_SECRET_KEY";

  /** In the first data directory, readable by its owner alone. */
  static final String FILE = "root-credentials";

  private static final String SHOWN = "shown";
  private static final String ACCESS_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final String SECRET_ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ACCESS_LENGTH = 20;
  private static final int SECRET_LENGTH = 40;
  private static final int SECRET_LENGTH_MIN = 8;

  /** What {@link #resolveShared} needs. */
  static final int SEED_BYTES = ACCESS_LENGTH + SECRET_LENGTH;

  /**
   * Finds or makes the credentials. Blocks on files: at start-up only.
   *
   * @throws StartupException when only half of them is given, or the file can't be read or made
   */
  public static RootCredentials resolve(
      Map<String, String> environment, Path dataDirectory, SecureRandom random) {
    Optional<RootCredentials> given = given(environment);
    if (given.isPresent()) {
      return given.get();
    }
    Path file = dataDirectory.resolve(FILE);
    try {
      return Files.exists(file) ? read(file) : create(dataDirectory, random);
    } catch (IOException e) {
      throw new StartupException("can't read or write " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The same for a node of a cluster, where all nodes must come to the same key: without the
   * environment it is made from a seed that they share.
   *
   * @param seed bytes that only the cluster's nodes can make, {@link #SEED_BYTES} of them
   */
  static RootCredentials resolveShared(
      Map<String, String> environment, Path dataDirectory, byte[] seed) {
    RootCredentials shared = shared(environment, seed);
    if (!shared.unseen) {
      return shared;
    }
    Path file = dataDirectory.resolve(FILE);
    try {
      RootCredentials kept = Files.exists(file) ? read(file) : null;
      if (kept != null && kept.accessKey.equals(shared.accessKey)) {
        return kept;
      }
      shared.write(dataDirectory);
      return shared;
    } catch (IOException e) {
      throw new StartupException("can't read or write " + file + ": " + e.getMessage(), e);
    }
  }

  /** The same without looking at the directory, which is left as it is. */
  static RootCredentials shared(Map<String, String> environment, byte[] seed) {
    return given(environment)
        .orElseGet(
            () ->
                new RootCredentials(
                    pick(seed, 0, ACCESS_ALPHABET, ACCESS_LENGTH),
                    pick(seed, ACCESS_LENGTH, SECRET_ALPHABET, SECRET_LENGTH),
                    true));
  }

  /**
   * Looks at the environment before anything else is done.
   *
   * @throws StartupException when what it says is only half a key, or too short
   */
  static void requireWhole(Map<String, String> environment) {
    given(environment);
  }

  private static Optional<RootCredentials> given(Map<String, String> environment) {
    String access = environment.get(ACCESS_KEY_VARIABLE);
    String secret = environment.get(SECRET_KEY_VARIABLE);
    return access == null && secret == null
        ? Optional.empty()
        : Optional.of(fromEnvironment(access, secret));
  }

  /** Each byte picks a letter: a bias of less than a bit in the whole key. */
  private static String pick(byte[] seed, int from, String alphabet, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt((seed[from + i] & 0xff) % alphabet.length()));
    }
    return text.toString();
  }

  private static RootCredentials fromEnvironment(@Nullable String access, @Nullable String secret) {
    if (access == null || secret == null || access.isBlank()) {
      throw new StartupException(
          "set both " + ACCESS_KEY_VARIABLE + " and " + SECRET_KEY_VARIABLE + ", or neither", null);
    }
    if (secret.length() < SECRET_LENGTH_MIN) {
      throw new StartupException(
          SECRET_KEY_VARIABLE + " must have at least " + SECRET_LENGTH_MIN + " characters", null);
    }
    return new RootCredentials(access, secret, false);
  }

  private static RootCredentials read(Path file) throws IOException {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    String access = properties.getProperty("access-key");
    String secret = properties.getProperty("secret-key");
    if (access == null || secret == null) {
      throw new IOException("access-key or secret-key is missing in it");
    }
    return new RootCredentials(access, secret, "no".equals(properties.getProperty(SHOWN)));
  }

  private static RootCredentials create(Path dataDirectory, SecureRandom random)
      throws IOException {
    RootCredentials made =
        new RootCredentials(
            pick(random, ACCESS_ALPHABET, ACCESS_LENGTH),
            pick(random, SECRET_ALPHABET, SECRET_LENGTH),
            true);
    made.write(dataDirectory);
    return made;
  }

  /**
   * Remembers that the key was shown. Blocks.
   *
   * @throws IOException when the file can't be written: the next start will show it again
   */
  void markShown(Path dataDirectory) throws IOException {
    new RootCredentials(accessKey, secretKey, false).write(dataDirectory);
  }

  /** Aside, and renamed: a crash never leaves half a file that the next start trusts. */
  private void write(Path dataDirectory) throws IOException {
    Path file = dataDirectory.resolve(FILE);
    Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rw-------");
    Path draft = file.resolveSibling(FILE + ".new");
    Files.deleteIfExists(draft);
    Files.createFile(draft, PosixFilePermissions.asFileAttribute(ownerOnly));
    String text = "access-key=" + accessKey + "\nsecret-key=" + secretKey + "\n";
    Files.writeString(draft, unseen ? text + SHOWN + "=no\n" : text, StandardCharsets.US_ASCII);
    DurableFiles.sync(draft);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.sync(dataDirectory);
  }

  private static String pick(SecureRandom random, String alphabet, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return "RootCredentials[" + accessKey + "]";
  }
}
