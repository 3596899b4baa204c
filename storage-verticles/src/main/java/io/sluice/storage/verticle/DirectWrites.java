package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file opened a second time, for writes that go around the page cache.
 *
 * @param blockBytes what the place, the length and the memory of a write must be multiples of
 */
record DirectWrites(FileChannel channel, int blockBytes) {
  private static final Logger LOG = LoggerFactory.getLogger(DirectWrites.class);

  /**
   * {@code com.sun.nio.file.ExtendedOpenOption.DIRECT}, by name: it is a supported API of the JDK,
   * but compilers of newer JDKs call it internal, with a warning that nothing can silence.
   */
  private static final @Nullable OpenOption OPTION = option();

  private static @Nullable OpenOption option() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      for (Object option : options.getEnumConstants()) {
        if (option instanceof OpenOption direct && direct.toString().equals("DIRECT")) {
          return direct;
        }
      }
    } catch (ClassNotFoundException e) {
      LOG.debug("This JVM does not offer direct writes", e);
    }
    return null;
  }

  /** Opens a file that exists; null where the JVM, the system or the file system can't do that. */
  static @Nullable DirectWrites openIfPossible(Path path) {
    if (OPTION == null) {
      return null;
    }
    try {
      int blockBytes = Math.toIntExact(Files.getFileStore(path).getBlockSize());
      if (Integer.bitCount(blockBytes) != 1 || blockBytes > AlignedBuffers.BYTES) {
        return null;
      }
      return new DirectWrites(FileChannel.open(path, StandardOpenOption.WRITE, OPTION), blockBytes);
    } catch (IOException | UnsupportedOperationException e) {
      LOG.info("{} is written through the page cache: {}", path, e.toString());
      return null;
    }
  }
}
