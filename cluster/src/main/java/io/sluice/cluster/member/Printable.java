package io.sluice.cluster.member;

/** What strangers say, made fit for a log line. */
final class Printable {
  private static final int LENGTH_MAX = 500;

  private Printable() {}

  static String of(String text) {
    String shortened = text.length() > LENGTH_MAX ? text.substring(0, LENGTH_MAX) + "…" : text;
    return shortened.replaceAll("\\p{C}", "?");
  }
}
