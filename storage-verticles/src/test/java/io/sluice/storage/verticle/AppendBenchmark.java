package io.sluice.storage.verticle;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Appends against a plain file with one fsync at the end. Run by hand: {@code java -cp …
 * io.sluice.storage.verticle.AppendBenchmark DIRECTORY}.
 */
public final class AppendBenchmark {
  private static final int UPLOAD_BYTES = 64 << 20;
  private static final int ROUNDS = 12;
  private static final int WINDOW = 4;
  private static final int SMALL_CLIENTS = 32;
  private static final int SMALL_TOTAL = 60_000;

  private AppendBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path base = Files.createTempDirectory(Path.of(arguments[0]), "bench");
    try {
      DataDirectory directory = DataDirectory.openOrCreate(base.resolve("d"), () -> Chunks.CLUSTER);
      try (SegmentStore store =
          SegmentStore.open(
              directory,
              Chunks.CLUSTER,
              SegmentStoreOptions.defaults(),
              new SimpleMeterRegistry(),
              Clock.systemUTC(),
              id -> {})) {
        for (int round = 0; round < ROUNDS; round++) {
          double plain = plainFile(base.resolve("plain" + round));
          double chunks = upload(store, round);
          System.out.printf(
              "64 MiB: plain file %.0f MB/s, store %.0f MB/s, ratio %.2f%n",
              plain, chunks, chunks / plain);
        }
        for (int round = 0; round < 3; round++) {
          small(store, round);
        }
        System.out.println(store.recovery());
      }
    } finally {
      Crash.deleteTree(base);
    }
  }

  private static double plainFile(Path path) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocateDirect(ChunkRecord.PLAIN_MAX);
    bytes.put(Chunks.plain(Chunks.id(1), ChunkRecord.PLAIN_MAX));
    long begin = System.nanoTime();
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < UPLOAD_BYTES / ChunkRecord.PLAIN_MAX; i++) {
        bytes.clear();
        file.write(bytes);
      }
      file.force(true);
    }
    double rate = megabytesPerSecond(begin);
    Files.delete(path);
    return rate;
  }

  private static double upload(SegmentStore store, int round) throws Exception {
    int count = UPLOAD_BYTES / ChunkRecord.PLAIN_MAX;
    EncodedChunk[] chunks = new EncodedChunk[count];
    byte[] plain = Chunks.plain(Chunks.id(round), ChunkRecord.PLAIN_MAX);
    for (int i = 0; i < count; i++) {
      ChunkId id = Chunks.id(round, i);
      chunks[i] = Chunks.chunk(id, Chunks.CLUSTER, plain);
    }
    Semaphore window = new Semaphore(WINDOW);
    long begin = System.nanoTime();
    for (EncodedChunk chunk : chunks) {
      window.acquire();
      store
          .write(chunk, 1)
          .onSuccess(done -> window.release())
          .onFailure(Throwable::printStackTrace);
    }
    window.acquire(WINDOW);
    double rate = megabytesPerSecond(begin);
    for (EncodedChunk chunk : chunks) {
      chunk.release();
    }
    return rate;
  }

  private static double megabytesPerSecond(long begin) {
    return UPLOAD_BYTES / 1e6 / ((System.nanoTime() - begin) / 1e9);
  }

  private static void small(SegmentStore store, int round) throws Exception {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(SMALL_TOTAL);
    byte[] plain = Chunks.plain(Chunks.id(1), 4096);
    long begin = System.nanoTime();
    for (int i = 0; i < SMALL_CLIENTS; i++) {
      appendNext(store, next, done, plain, round);
    }
    done.await();
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf("4 KiB, 32 clients: %.0f appends/s%n", SMALL_TOTAL / seconds);
    begin = System.nanoTime();
    CountDownLatch read = new CountDownLatch(SMALL_TOTAL);
    AtomicInteger nextRead = new AtomicInteger();
    for (int i = 0; i < SMALL_CLIENTS; i++) {
      readNext(store, nextRead, read, round);
    }
    read.await();
    seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf("4 KiB, 32 clients: %.0f reads/s%n", SMALL_TOTAL / seconds);
  }

  private static void appendNext(
      SegmentStore store, AtomicInteger next, CountDownLatch done, byte[] plain, int round) {
    int number = next.getAndIncrement();
    if (number >= SMALL_TOTAL) {
      return;
    }
    EncodedChunk chunk = Chunks.chunk(Chunks.id(100 + round, number), Chunks.CLUSTER, plain);
    store
        .write(chunk, 1)
        .onSuccess(
            stored -> {
              done.countDown();
              appendNext(store, next, done, plain, round);
            })
        .onFailure(Throwable::printStackTrace);
    chunk.release();
  }

  private static void readNext(
      SegmentStore store, AtomicInteger next, CountDownLatch done, int round) {
    int number = next.getAndIncrement();
    if (number >= SMALL_TOTAL) {
      return;
    }
    store
        .read(Chunks.id(100 + round, number), 0, 1)
        .onSuccess(
            frames -> {
              frames.stored().release();
              done.countDown();
              readNext(store, next, done, round);
            })
        .onFailure(Throwable::printStackTrace);
  }
}
