package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.auth.Credentials;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the credentials of a target come from: a file as AWS's tools have it, or the process's
 * variables. Of what it read, only {@link #current} gives anything away; no message repeats a line
 * of the file. Any thread.
 */
final class CredentialsSource {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialsSource.class);
  private static final long FILE_BYTES_MAX = 64 << 10;
  private static final String SECTION = "[default]";
  private static final String KEY = "aws_access_key_id";
  private static final String SECRET = "aws_secret_access_key";
  private static final String TOKEN = "aws_session_token";

  private final @Nullable Path file;
  private volatile Credentials credentials;

  private CredentialsSource(@Nullable Path file, Credentials credentials) {
    this.file = file;
    this.credentials = credentials;
  }

  /**
   * The section {@code [default]} of a file. One that everybody can read is used, with a warning.
   *
   * @throws IOException when it can't be read or is not such a file; the message is for people
   */
  static CredentialsSource ofFile(Path file) throws IOException {
    CredentialsSource source = new CredentialsSource(file, read(file));
    warnIfOpen(file);
    return source;
  }

  /**
   * {@code AWS_ACCESS_KEY_ID}, {@code AWS_SECRET_ACCESS_KEY} and, if it is there, {@code
   * AWS_SESSION_TOKEN}.
   *
   * @throws IOException when they are not there
   */
  static CredentialsSource ofEnvironment(Map<String, String> environment) throws IOException {
    String key = environment.get("AWS_ACCESS_KEY_ID");
    String secret = environment.get("AWS_SECRET_ACCESS_KEY");
    if (key == null || key.isBlank() || secret == null || secret.isBlank()) {
      throw new IOException(
          "no credentials: name a file with them, or set AWS_ACCESS_KEY_ID and"
              + " AWS_SECRET_ACCESS_KEY");
    }
    String token = environment.getOrDefault("AWS_SESSION_TOKEN", "");
    return new CredentialsSource(
        null, credentials(key.strip(), secret.strip(), token.strip(), "the environment"));
  }

  Credentials current() {
    return credentials;
  }

  /**
   * Reads the file again: who hands out keys for a time also renews them.
   *
   * @return whether they are others now
   */
  boolean reload() {
    if (file == null) {
      return false;
    }
    try {
      Credentials before = credentials;
      Credentials now = read(file);
      credentials = now;
      return !now.equals(before);
    } catch (IOException e) {
      LOG.warn("Credentials can't be read again: {}", e.getMessage());
      return false;
    }
  }

  /** For messages: where they are from, and nothing of what they are. */
  @Override
  public String toString() {
    return file == null ? "AWS_ACCESS_KEY_ID of the environment" : file.toString();
  }

  private static Credentials read(Path file) throws IOException {
    Map<String, String> values = new HashMap<>();
    String section = "";
    int number = 0;
    for (String line : lines(file)) {
      number++;
      String text = line.strip();
      if (text.startsWith("[")) {
        section = text;
      } else if (section.equals(SECTION) && !text.isEmpty() && !isComment(text)) {
        int equals = text.indexOf('=');
        if (equals < 0) {
          throw new IOException("line " + number + " of " + file + " is not NAME = VALUE");
        }
        values.put(text.substring(0, equals).strip(), text.substring(equals + 1).strip());
      }
    }
    String key = values.getOrDefault(KEY, "");
    String secret = values.getOrDefault(SECRET, "");
    if (key.isEmpty() || secret.isEmpty()) {
      throw new IOException(file + " has no " + KEY + " and " + SECRET + " under " + SECTION);
    }
    String token = values.getOrDefault(TOKEN, "");
    return credentials(key, secret, token, file.toString());
  }

  /** What goes into no header is refused here, where no message repeats it. */
  private static Credentials credentials(String key, String secret, String token, String from)
      throws IOException {
    if (!(key + secret + token).chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IOException("the credentials of " + from + " have characters that none can have");
    }
    return new Credentials(key, secret, token.isEmpty() ? null : token);
  }

  private static boolean isComment(String text) {
    return text.startsWith("#") || text.startsWith(";");
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      // A pipe or a device may never end, or never begin.
      if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
        throw new IOException(file + " is no file of credentials: it is not a regular file");
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new IOException(file + " is too large for a file of credentials");
      }
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new FileNotFoundException(file + ": there is no such file of credentials");
    } catch (AccessDeniedException e) {
      throw new IOException(file + ": no permission to read the credentials", e);
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not text", e);
    }
  }

  private static void warnIfOpen(Path file) throws IOException {
    try {
      if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        LOG.warn("Everybody on this machine can read the credentials in {}: chmod 600 it", file);
      }
    } catch (UnsupportedOperationException e) {
      LOG.debug("No permissions to look at on this file system", e);
    }
  }
}
