package io.sluice.recovery.backup.target;

import java.util.regex.Pattern;

/**
 * Names of files in a target: parts of ASCII letters, digits, dots, dashes and underscores, joined
 * by slashes, so that every target can have them and sorts them alike. No part begins with a dot:
 * such names are the target's own. What is a file's name is never a folder's too: a directory could
 * not hold both.
 */
public final class FileName {
  /** Characters of a name, at most. */
  public static final int LENGTH_MAX = 512;

  private static final String PART = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";
  private static final Pattern NAME = Pattern.compile(PART + "(/" + PART + ")*");

  private FileName() {}

  /** Whether a file can have that name. */
  public static boolean isValid(String name) {
    return name.length() <= LENGTH_MAX && NAME.matcher(name).matches();
  }

  /**
   * The name itself.
   *
   * @throws IllegalArgumentException unless it is valid
   */
  public static String require(String name) {
    if (!isValid(name)) {
      throw new IllegalArgumentException("not a name of a file in a target: " + name);
    }
    return name;
  }
}
