package io.sluice.cluster.channel;

import java.util.regex.Pattern;

/**
 * How a directory of files travels. Big endian: the magic, then for each file
 *
 * <pre>
 * length of the name (1 to 255)     2
 * name, ASCII
 * length of the file                8
 * the file
 * CRC32C of the file                4
 * </pre>
 *
 * and at the end a name's length of 0 and the number of files (4). Without that the copy is not
 * complete.
 */
final class CheckpointFormat {
  static final int MAGIC = 0x534c4350; // SLCP
  static final int NAME_MAX = 255;
  static final int FILES_MAX = 1_000_000;

  /** No separators, no hidden files, no "." or "..": a name can't lead out of the directory. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,254}");

  private CheckpointFormat() {}

  static boolean isFileName(String name) {
    return NAME.matcher(name).matches();
  }
}
