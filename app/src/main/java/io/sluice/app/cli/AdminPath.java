package io.sluice.app.cli;

import io.sluice.s3.http.PercentCoding;

/** Paths of things that have a name, below the admin API. */
final class AdminPath {
  private AdminPath() {}

  /**
   * The path of one thing.
   *
   * @param collection of such things, such as {@code /targets}
   * @throws AdminClient.WrongArgumentException of what would be the path of something else
   */
  static String of(String collection, String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new AdminClient.WrongArgumentException("'" + name + "' is no name");
    }
    return collection + '/' + PercentCoding.encode(name, false);
  }
}
