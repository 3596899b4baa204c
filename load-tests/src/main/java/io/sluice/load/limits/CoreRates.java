package io.sluice.load.limits;

import io.sluice.load.content.Digests;
import io.sluice.load.content.SeededContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** What one core hashes and one thread writes durably. Blocking: call on a worker. */
final class CoreRates {

  private static final int BLOCK_BYTES = 1024 * 1024;
  private static final int FILE_BLOCKS = 64;

  private CoreRates() {}

  /** MD5 over 1 MiB blocks, in MB/s. */
  static double md5(double seconds) {
    byte[] block = SeededContent.bytes(1, BLOCK_BYTES);
    MessageDigest md5 = Digests.md5();
    for (int i = 0; i < 200; i++) {
      md5.update(block);
    }
    long start = System.nanoTime();
    long blocks = 0;
    while (System.nanoTime() - start < seconds * 1e9) {
      md5.update(block);
      blocks++;
    }
    return blocks * (double) BLOCK_BYTES * 1e3 / (System.nanoTime() - start);
  }

  /** Files of 64 MiB written in 1 MiB blocks, each file fsynced once, in MB/s. */
  static double writeAndSync(Path directory, double seconds) throws IOException {
    ByteBuffer block =
        ByteBuffer.allocateDirect(BLOCK_BYTES).put(SeededContent.bytes(2, BLOCK_BYTES));
    Path file = directory.resolve("disk-rate");
    long bytes = 0;
    long nanos = 0;
    while (nanos < seconds * 1e9) {
      long start = System.nanoTime();
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        for (int i = 0; i < FILE_BLOCKS; i++) {
          block.clear();
          while (block.hasRemaining()) {
            bytes += channel.write(block);
          }
        }
        channel.force(false);
      }
      nanos += System.nanoTime() - start;
      Files.delete(file);
    }
    return bytes * 1e3 / nanos;
  }

  /** Appends of 4 KiB to one file, each fsynced, a second. */
  static double smallSyncs(Path directory, double seconds) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(4096);
    Path file = directory.resolve("sync-rate");
    long start = System.nanoTime();
    long syncs = 0;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (System.nanoTime() - start < seconds * 1e9) {
        block.clear();
        channel.write(block);
        channel.force(false);
        syncs++;
      }
    }
    double rate = syncs * 1e9 / (System.nanoTime() - start);
    Files.delete(file);
    return rate;
  }
}
