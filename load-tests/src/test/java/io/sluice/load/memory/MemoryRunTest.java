package io.sluice.load.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.load.content.SeededContent;
import io.sluice.load.standin.StandInServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryRunTest {

  @TempDir private Path directory;

  @Test
  void run_smallSizes_staysWithinTheLimit() {
    assertThat(run("--limit=700MiB")).isZero();
  }

  @Test
  void run_limitBelowAnyJvm_isExceeded() {
    assertThat(run("--limit=10MiB", "--big-size=0", "--slow-clients=0")).isOne();
  }

  @Test
  void field_linesOfProcStatus_isInBytes() throws IOException {
    List<String> lines = List.of("VmHWM:\t  123456 kB", "VmRSS:\t    2048 kB");
    assertThat(ResidentMemory.field(lines, "VmRSS:")).isEqualTo(2048 * 1024);
  }

  @Test
  void slowStream_readToTheEnd_isTheSeededContent() throws IOException {
    try (SlowStream stream = new SlowStream(3, 5000, 9000, 1_000_000)) {
      assertThat(stream.readAllBytes()).isEqualTo(SeededContent.bytes(3, 9000));
    }
  }

  private int run(String... more) {
    assumeTrue(Files.isReadable(Path.of("/proc/self/status")), "no /proc here");
    String[] arguments = {
      "--server-command=" + StandInServer.command(StandInServer.Mode.HONEST),
      "--big-size=1MiB",
      "--slow-clients=3",
      "--slow-burst=64KiB",
      "--slow-seconds=1",
      "--small-count=50",
      "--work-dir=" + directory
    };
    return MemoryRun.commandLine()
        .setOverwrittenOptionsAllowed(true)
        .execute(
            Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new));
  }
}
