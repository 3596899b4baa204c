package io.sluice.load.powercut;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A system call as strace prints it with {@code -y -s 0}, without its thread.
 *
 * @param result -1 when it failed or is not known
 */
record SystemCall(String name, String arguments, long result) {

  private static final Pattern DESCRIPTOR = Pattern.compile("^(\\d+)<(.*?)(?: \\(deleted\\))?>");
  private static final Pattern PATHS =
      Pattern.compile("(?:(?:AT_FDCWD|\\d+)<([^>]*)>, )?\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** A file descriptor and the path that it stands for. */
  record Descriptor(int number, String path) {}

  boolean failed() {
    return result < 0;
  }

  /** The descriptor that is the first argument. */
  Optional<Descriptor> descriptor() {
    Matcher matcher = DESCRIPTOR.matcher(arguments);
    return matcher.find()
        ? Optional.of(new Descriptor(Integer.parseInt(matcher.group(1)), matcher.group(2)))
        : Optional.empty();
  }

  /** The paths among the arguments, in order; one relative to a descriptor is resolved. */
  List<String> paths() {
    List<String> paths = new ArrayList<>();
    Matcher matcher = PATHS.matcher(arguments);
    while (matcher.find()) {
      String path = matcher.group(2);
      String base = matcher.group(1);
      paths.add(path.startsWith("/") || base == null ? path : base + '/' + path);
    }
    return paths;
  }

  /** The last argument as a number: the offset of pwrite64 and pwritev, the length of ftruncate. */
  long lastNumber() {
    return Long.parseLong(arguments.substring(arguments.lastIndexOf(' ') + 1).trim());
  }

  boolean has(String flag) {
    return arguments.contains(flag);
  }
}
