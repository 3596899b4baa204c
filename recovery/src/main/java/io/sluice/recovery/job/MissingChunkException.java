package io.sluice.recovery.job;

import io.sluice.storage.chunk.ChunkId;
import java.io.IOException;

/** Something of an object is missing or damaged in the backup. */
final class MissingChunkException extends IOException {
  private static final long serialVersionUID = 1L;

  MissingChunkException(ChunkId chunk) {
    super(problem(chunk));
  }

  static String problem(ChunkId chunk) {
    return "chunk %s is missing or damaged in the backup".formatted(chunk);
  }
}
