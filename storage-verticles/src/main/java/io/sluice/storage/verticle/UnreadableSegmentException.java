package io.sluice.storage.verticle;

import java.io.IOException;
import java.nio.file.Path;

/** A segment can't be read somewhere. That says nothing of whether its disk takes writes. */
final class UnreadableSegmentException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableSegmentException(Path path, IOException cause) {
    super(path + " can't be read and is not compacted", cause);
  }
}
