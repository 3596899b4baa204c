package io.sluice.load.powercut;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the output of {@code strace -f -y -s 0 -o FILE}. A call that another thread's line
 * interrupted stands in two lines; both its begin and its end are told, because only what was
 * written before an fsync began is made durable by it.
 */
final class StraceReader {

  /** What the run traces. */
  static final String CALLS =
      "open,openat,creat,close,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,fsync,fdatasync,"
          + "sync,syncfs,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat";

  private static final Pattern LINE = Pattern.compile("^(\\d+) +(.*)$");
  private static final Pattern WHOLE = Pattern.compile("^(\\w+)\\((.*)\\) += (-?\\d+|\\?).*$");
  private static final Pattern UNFINISHED =
      Pattern.compile("^(\\w+)\\((.*?),? ?<unfinished \\.\\.\\.>$");
  private static final Pattern RESUMED = Pattern.compile("^<\\.\\.\\. (\\w+) resumed>(.*)$");

  private final Listener listener;
  private final Map<String, String> unfinished = new HashMap<>();

  /** Told of calls in the order in which they began and ended. */
  interface Listener {
    void began(String thread, SystemCall call);

    void ended(String thread, SystemCall call);
  }

  StraceReader(Listener listener) {
    this.listener = listener;
  }

  void read(Path file) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
        line(line);
      }
    }
  }

  /** One line; what is not a system call (signals, exits) is passed over. */
  void line(String line) {
    Matcher parts = LINE.matcher(line);
    if (!parts.matches()) {
      return;
    }
    String thread = parts.group(1);
    String text = parts.group(2);
    Matcher begin = UNFINISHED.matcher(text);
    if (begin.matches()) {
      unfinished.put(thread, text.substring(0, text.lastIndexOf("<unfinished")).stripTrailing());
      listener.began(thread, new SystemCall(begin.group(1), begin.group(2), -1));
      return;
    }
    Matcher end = RESUMED.matcher(text);
    boolean resumed = end.matches();
    if (resumed) {
      String start = unfinished.remove(thread);
      if (start == null) {
        return;
      }
      text = start + (start.endsWith(",") ? " " : "") + end.group(2).stripLeading();
    }
    Matcher whole = WHOLE.matcher(text);
    if (whole.matches()) {
      long result = whole.group(3).equals("?") ? -1 : Long.parseLong(whole.group(3));
      SystemCall call = new SystemCall(whole.group(1), whole.group(2), result);
      if (!resumed) {
        listener.began(thread, call);
      }
      listener.ended(thread, call);
    }
  }
}
