package io.sluice.recovery.backup.target;

import io.sluice.recovery.backup.target.s3.S3Target;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** Targets by their URLs. */
public final class BackupTargets {
  private static final String S3 = "s3://";

  private BackupTargets() {}

  /**
   * Opens the target of a URL: {@code file:///mnt/backup}, or {@code s3://BUCKET/PREFIX} with the
   * parameters of {@link S3Target#open}. It is there already. Blocks.
   *
   * @throws IllegalArgumentException when it is not the URL of a target; the message is for people
   */
  public static BackupTarget open(String url, TargetAccess access) throws IOException {
    return url.startsWith(S3) ? S3Target.open(url, access) : open(url);
  }

  /**
   * The same for a target that needs nothing but its URL: a directory.
   *
   * @throws IllegalArgumentException when it is not the URL of a directory; the message is for
   *     people
   */
  public static BackupTarget open(String url) throws IOException {
    if (url.startsWith(S3)) {
      throw new IllegalArgumentException("an s3:// target needs credentials");
    }
    return DirectoryTarget.open(directory(url));
  }

  /**
   * Whether what a target is asked for may never end: of a directory that is mounted. One across
   * the network has deadlines, and fails by itself.
   */
  public static boolean mayHang(String url) {
    return !url.startsWith(S3);
  }

  /**
   * The place of a URL: the same for spellings of one, such as with another storage class or a
   * slash more. Not for what only a file system knows, as a link or another mount point.
   *
   * @throws IllegalArgumentException when it is not the URL of a target; the message is for people
   */
  public static String place(String url) {
    return url.startsWith(S3)
        ? S3Target.place(url)
        : "file:" + directory(url).toAbsolutePath().normalize();
  }

  /**
   * The directory of a URL.
   *
   * @throws IllegalArgumentException when it is not the URL of one; the message is for people
   */
  public static Path directory(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a URL: " + url, e);
    }
    if (!"file".equals(uri.getScheme()) || uri.getPath() == null || uri.getPath().isEmpty()) {
      throw new IllegalArgumentException(
          "a target is file:///DIRECTORY or s3://BUCKET/PREFIX, not " + url);
    }
    if (uri.getAuthority() != null) {
      throw new IllegalArgumentException(
          "a directory's URL has three slashes, file:///DIRECTORY, not " + url);
    }
    return Path.of(uri.getPath());
  }
}
