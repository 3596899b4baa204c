package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.putInline;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.metadata.state.rocks.RocksMemory;
import io.sluice.metadata.state.rocks.RocksRows;
import io.sluice.metadata.state.rocks.RocksStore;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Transaction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** INVARIANTS 14: closing RocksDB under a reader crashes the process. */
class LeaseTest {
  @TempDir private Path directory;

  @Test
  void close_waitsForOpenCursors() throws Exception {
    try (RocksMemory memory = RocksMemory.allocate(8 << 20, 4 << 20)) {
      RocksStore store = RocksStore.open(directory, memory);
      try (RocksRows rows = store.latest()) {
        Transaction transaction = new Transaction(rows);
        for (int i = 0; i < 1000; i++) {
          transaction.put(Family.BUCKETS, KeyCodec.bucketByName("b" + i), new byte[] {1});
        }
        store.write(transaction);
      }
      RocksRows rows = store.snapshot();
      RowCursor cursor = rows.scan(Family.BUCKETS, KeyCodec.FIRST, null);
      Thread closer = closing(store);
      int count = 0;
      for (; cursor.isValid(); cursor.next()) {
        count++;
      }
      assertThat(count).isEqualTo(1000);
      assertThat(closer.isAlive()).isTrue();
      assertThatThrownBy(store::latest).isInstanceOf(IllegalStateException.class);
      cursor.close();
      assertThat(closer.isAlive()).isTrue();
      rows.close();
      assertEnds(closer);
    }
  }

  /** A reader of single rows holds no lease but its own. */
  @Test
  void close_waitsForAReaderWithoutACursor() throws Exception {
    try (RocksMemory memory = RocksMemory.allocate(8 << 20, 4 << 20)) {
      RocksStore store = RocksStore.open(directory, memory);
      put(store, "b");
      RocksRows rows = store.latest();
      Thread closer = closing(store);
      assertThat(rows.get(Family.BUCKETS, KeyCodec.bucketByName("b"))).isNotNull();
      rows.close();
      assertEnds(closer);
    }
  }

  @Test
  void close_waitsForACursorThatOutlivesItsReader() throws Exception {
    try (RocksMemory memory = RocksMemory.allocate(8 << 20, 4 << 20)) {
      RocksStore store = RocksStore.open(directory, memory);
      put(store, "b");
      RocksRows rows = store.latest();
      RowCursor cursor = rows.scan(Family.BUCKETS, KeyCodec.FIRST, null);
      rows.close();
      Thread closer = closing(store);
      assertThat(cursor.isValid()).isTrue();
      cursor.close();
      assertEnds(closer);
    }
  }

  @Test
  void everyUse_ofAClosedStore_isRefused() throws Exception {
    try (RocksMemory memory = RocksMemory.allocate(8 << 20, 4 << 20)) {
      RocksStore store = RocksStore.open(directory, memory);
      RocksRows none = store.latest();
      Transaction transaction = new Transaction(none);
      none.close();
      store.close();
      List<ThrowingCallable> uses =
          List.of(
              store::latest,
              store::snapshot,
              store::memory,
              () -> store.write(transaction),
              store::flush,
              () -> store.checkpoint(directory.resolve("copy")),
              store::verifyChecksums);
      for (ThrowingCallable use : uses) {
        assertThatThrownBy(use).isInstanceOf(IllegalStateException.class);
      }
      assertThat(store.property("rocksdb.estimate-num-keys")).isZero();
    }
  }

  private static void put(RocksStore store, String bucket) {
    try (RocksRows rows = store.latest()) {
      Transaction transaction = new Transaction(rows);
      transaction.put(Family.BUCKETS, KeyCodec.bucketByName(bucket), new byte[] {1});
      store.write(transaction);
    }
  }

  /** A thread that closes the store, and waits for somebody. */
  private static Thread closing(RocksStore store) {
    Thread closer = new Thread(store::close);
    closer.start();
    await().atMost(Duration.ofSeconds(10)).until(() -> isWaiting(closer));
    return closer;
  }

  private static void assertEnds(Thread closer) throws InterruptedException {
    closer.join(10_000);
    assertThat(closer.isAlive()).isFalse();
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.WAITING;
  }

  @Test
  void close_underQueriesOfManyThreads_endsThemCleanly() throws Exception {
    Shard shard = new Shard(directory);
    for (int i = 0; i < 300; i++) {
      shard.apply(putInline("k" + i, "x"));
    }
    AtomicLong answered = new AtomicLong();
    CountDownLatch started = new CountDownLatch(4);
    List<Thread> readers = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread reader =
          new Thread(
              () -> {
                try {
                  while (true) {
                    shard.ask(Queries.objects(Queries.listing("", "", 1000)));
                    shard.state().answerFromMemory(Queries.object("k1").build());
                    answered.incrementAndGet();
                    started.countDown();
                  }
                } catch (IllegalStateException closed) {
                  // What a reader gets that comes too late.
                }
              });
      readers.add(reader);
      reader.start();
    }
    started.await();
    shard.close();
    for (Thread reader : readers) {
      reader.join(10_000);
      assertThat(reader.isAlive()).isFalse();
    }
    assertThat(answered.get()).isGreaterThanOrEqualTo(4);
  }
}
