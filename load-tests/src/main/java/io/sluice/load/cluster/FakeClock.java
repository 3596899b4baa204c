package io.sluice.load.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * A node's wall clock that can jump while it runs: a library of a few functions, preloaded by the
 * node's process, that adds the number in a file to the true time. Monotonic time stays true, as in
 * a machine whose clock is set. Needs a C compiler.
 */
public final class FakeClock {

  private final Path library;
  private final Path offset;

  private FakeClock(Path library, Path offset) {
    this.library = library;
    this.offset = offset;
  }

  /**
   * Compiles the library into that directory.
   *
   * @throws IOException when there is no compiler
   */
  static Path compileLibrary(Path directory) throws IOException {
    Path source = directory.resolve("clock.c");
    try (InputStream resource =
        Objects.requireNonNull(FakeClock.class.getResourceAsStream("clock.c"))) {
      Files.copy(resource, source);
    }
    Path library = directory.resolve("clock.so").toAbsolutePath();
    Shell.run("cc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString(), "-ldl");
    return library;
  }

  /** A clock whose offset is kept in that file. */
  static FakeClock in(Path library, Path offset) throws IOException {
    FakeClock clock = new FakeClock(library, offset.toAbsolutePath());
    clock.jump(Duration.ZERO);
    return clock;
  }

  /** What a process needs in its environment to see this clock. */
  Map<String, String> environment() {
    return Map.of("LD_PRELOAD", library.toString(), "CLOCK_OFFSET_FILE", offset.toString());
  }

  /** From now on the clock is ahead of the true one by that, or behind it; whole seconds. */
  public void jump(Duration ahead) throws IOException {
    byte[] seconds =
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .putLong(ahead.toSeconds())
            .array();
    // In place: the process has this very file mapped.
    try (RandomAccessFile file = new RandomAccessFile(offset.toFile(), "rw")) {
      file.write(seconds);
    }
  }
}
