package io.sluice.load.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Processor time of processes, as Linux counts it under {@code /proc}. */
final class ProcessorTime {
  /** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
  private static final double TICKS_PER_SECOND = 100;

  /** Field numbers of {@code stat}, counted from the one after the name, which may hold blanks. */
  private static final int USER = 11;

  private static final int SYSTEM = 12;

  /** The kernel keeps fifteen characters of a thread's name, here of {@code C2 CompilerThread0}. */
  private static final String COMPILER = " CompilerThre";

  private ProcessorTime() {}

  /** User and system time of a process since its start, in seconds. */
  static double secondsOf(long pid) throws IOException {
    return parse(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
  }

  /**
   * The same without the threads of a JVM that compile, which are not there for the requests. To be
   * right they have to live as long as the process ({@code
   * -XX:-UseDynamicNumberOfCompilerThreads}).
   */
  static double workSecondsOf(long pid) throws IOException {
    double compiling = 0;
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads.toList()) {
        Optional<String> stat = statOf(thread);
        if (stat.isPresent() && stat.get().contains(COMPILER)) {
          compiling += parse(stat.get());
        }
      }
    }
    return secondsOf(pid) - compiling;
  }

  private static Optional<String> statOf(Path thread) {
    try {
      return Optional.of(Files.readString(thread.resolve("stat")));
    } catch (IOException e) {
      // It has ended since it was listed.
      return Optional.empty();
    }
  }

  /** {@link #workSecondsOf} each. */
  static double[] workSecondsOf(List<Long> pids) throws IOException {
    double[] seconds = new double[pids.size()];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = workSecondsOf(pids.get(i));
    }
    return seconds;
  }

  static double parse(String stat) throws IOException {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
    if (fields.length <= SYSTEM) {
      throw new IOException("not a process's stat: " + stat);
    }
    return (Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM])) / TICKS_PER_SECOND;
  }
}
