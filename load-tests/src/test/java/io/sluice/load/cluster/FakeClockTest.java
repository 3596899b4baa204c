package io.sluice.load.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeClockTest {

  @TempDir private Path directory;

  @Test
  void jump_ofAProcess_isSeenByIt() throws IOException {
    assumeTrue(Shell.attempt("cc", "--version"), "no C compiler here");
    Path library = FakeClock.compileLibrary(directory);
    FakeClock clock = FakeClock.in(library, directory.resolve("offset"));
    assertThat(secondsAhead(clock)).isCloseTo(0, within(5L));
    clock.jump(Duration.ofMinutes(10));
    assertThat(secondsAhead(clock)).isCloseTo(600, within(5L));
    clock.jump(Duration.ofMinutes(-10));
    assertThat(secondsAhead(clock)).isCloseTo(-600, within(5L));
  }

  private static long secondsAhead(FakeClock clock) throws IOException {
    String seconds = Shell.run(List.of("date", "+%s"), clock.environment());
    return Long.parseLong(seconds.strip()) - Instant.now().getEpochSecond();
  }
}
