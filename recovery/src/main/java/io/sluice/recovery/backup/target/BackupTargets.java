package io.sluice.recovery.backup.target;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** Targets by their URLs. */
public final class BackupTargets {
  private BackupTargets() {}

  /**
   * Opens the target of a URL, such as {@code file:///mnt/backup}. It is there already.
   *
   * @throws IllegalArgumentException when it is not the URL of a target; the message is for people
   */
  public static BackupTarget open(String url) throws IOException {
    return DirectoryTarget.open(directory(url));
  }

  private static Path directory(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a URL: " + url, e);
    }
    if (!"file".equals(uri.getScheme()) || uri.getPath() == null || uri.getPath().isEmpty()) {
      throw new IllegalArgumentException("a target is file:///DIRECTORY, not " + url);
    }
    if (uri.getAuthority() != null) {
      throw new IllegalArgumentException(
          "a directory's URL has three slashes, file:///DIRECTORY, not " + url);
    }
    return Path.of(uri.getPath());
  }
}
