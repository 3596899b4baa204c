package io.sluice.app.cli;

/** Numbers of things, for people. */
final class Counted {
  private Counted() {}

  /**
   * Such as "1 object", "0 objects".
   *
   * @param thing one of them, whose plural ends in s
   */
  static String of(long count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }
}
