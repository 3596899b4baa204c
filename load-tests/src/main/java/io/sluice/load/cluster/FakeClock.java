package io.sluice.load.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's wall clock that can jump while it runs, by libfaketime (Debian's package {@code
 * faketime}). Monotonic time stays true, as in a machine whose clock is set.
 */
public final class FakeClock {

  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib64/faketime/libfaketimeMT.so.1"));

  private final Path library;
  private final Path offset;

  private FakeClock(Path library, Path offset) {
    this.library = library;
    this.offset = offset;
  }

  /** Where the library lies, if it is installed. */
  public static Optional<Path> library() {
    return PLACES.stream().filter(Files::isReadable).findFirst();
  }

  /** A clock whose offset is kept in that file. */
  static FakeClock in(Path library, Path offset) throws IOException {
    FakeClock clock = new FakeClock(library, offset);
    clock.jump(Duration.ZERO);
    return clock;
  }

  /** What a process needs in its environment to see this clock. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", offset.toString(),
        "FAKETIME_CACHE_DURATION", "1",
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        "FAKETIME_DONT_RESET", "1");
  }

  /** From now on (within a second) the clock is ahead of the true one by that, or behind it. */
  public void jump(Duration ahead) throws IOException {
    Path next = offset.resolveSibling(offset.getFileName() + ".next");
    Files.writeString(next, String.format("%+d", ahead.toSeconds()));
    Files.move(next, offset, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }
}
