package io.sluice.load.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Samples the resident memory of a process, as Linux tells it under {@code /proc}. */
final class ResidentMemory implements AutoCloseable {

  private static final long SAMPLE_MILLIS = 100;

  private final Path status;
  private final AtomicLong phasePeakBytes = new AtomicLong();
  private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();

  ResidentMemory(long pid) {
    this.status = Path.of("/proc", Long.toString(pid), "status");
    var unused = sampler.scheduleAtFixedRate(this::sample, 0, SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void sample() {
    try {
      long now = now();
      phasePeakBytes.accumulateAndGet(now, Math::max);
    } catch (IOException e) {
      // The process is gone; whoever waits for its answers notices.
    }
  }

  /** The highest sample since the last call, in bytes. */
  long takePhasePeak() throws IOException {
    long now = now();
    return Math.max(now, phasePeakBytes.getAndSet(now));
  }

  /** Resident memory now, in bytes. */
  long now() throws IOException {
    return field(Files.readAllLines(status), "VmRSS:");
  }

  /** The most that was ever resident, in bytes, as the kernel counted it. */
  long highWaterMark() throws IOException {
    return field(Files.readAllLines(status), "VmHWM:");
  }

  static long field(List<String> lines, String name) throws IOException {
    for (String line : lines) {
      if (line.startsWith(name)) {
        String kibibytes = line.substring(name.length()).replace("kB", "").trim();
        return Long.parseLong(kibibytes) * 1024;
      }
    }
    throw new IOException("no " + name + " in the process's status");
  }

  @Override
  public void close() {
    sampler.shutdownNow();
  }
}
