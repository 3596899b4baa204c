package io.sluice.storage.verticle;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** What a disk does to bytes over the years. */
final class Damage {
  private Damage() {}

  static void flip(Path file, long offset) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(offset);
      int old = bytes.read();
      bytes.seek(offset);
      bytes.write(old ^ 0x41);
    }
  }
}
