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
    return of(count, thing, thing + "s");
  }

  /** The same of a thing with another plural, such as "2 copies". */
  static String of(long count, String one, String more) {
    return count + " " + (count == 1 ? one : more);
  }
}
