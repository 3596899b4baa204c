package io.sluice.load.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processor time of processes, as Linux counts it under {@code /proc}. */
final class ProcessorTime {
  /** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
  private static final double TICKS_PER_SECOND = 100;

  /** Field numbers of {@code stat}, counted from the one after the name, which may hold blanks. */
  private static final int USER = 11;

  private static final int SYSTEM = 12;

  private ProcessorTime() {}

  /** User and system time of a process since its start, in seconds. */
  static double secondsOf(long pid) throws IOException {
    return parse(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
  }

  static double[] secondsOf(List<Long> pids) throws IOException {
    double[] seconds = new double[pids.size()];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = secondsOf(pids.get(i));
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
