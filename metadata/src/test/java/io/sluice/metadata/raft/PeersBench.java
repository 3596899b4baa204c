package io.sluice.metadata.raft;

import io.sluice.metadata.raft.TestPeers.Peer;
import io.smallrye.mutiny.Uni;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * Commits and reads a second of peers in this process, over loopback with TLS. A program: {@code
 * PeersBench DIRECTORY PEERS SHARDS SECONDS}.
 */
final class PeersBench {
  private PeersBench() {}

  public static void main(String[] args) throws Exception {
    Path root = Files.createTempDirectory(Path.of(args[0]), "peers");
    int count = Integer.parseInt(args[1]);
    int shards = Integer.parseInt(args[2]);
    int seconds = Integer.parseInt(args[3]);
    String[] names = Arrays.copyOf(new String[] {"a", "b", "c", "d", "e"}, count);
    try (TestPeers all = TestPeers.of(root, shards, names)) {
      String value = "v".repeat(300);
      all.put(0, "k", value);
      for (int inFlight : new int[] {1, 16, 128}) {
        run("writes", inFlight, seconds, i -> write(all, i, value));
        run("reads", inFlight, seconds, i -> read(all, i));
      }
    }
    System.exit(0);
  }

  private static Uni<?> write(TestPeers all, int i, String value) {
    int shard = i % all.shards;
    Peer leader = all.leader(shard);
    return leader
        .node()
        .peer()
        .submit(shard, TestNode.putCommand("k" + i % 100, value), Duration.ofSeconds(10));
  }

  private static Uni<?> read(TestPeers all, int i) {
    int shard = i % all.shards;
    Peer leader = all.leader(shard);
    return leader
        .node()
        .peer()
        .query(shard, TestNode.getQuery("k0", false), Duration.ofSeconds(10))
        .onFailure(io.sluice.storage.StorageFailure.Refused.class)
        .recoverWithNull();
  }

  private static void run(String what, int inFlight, int seconds, IntFunction<Uni<?>> request)
      throws InterruptedException {
    for (int round = 0; round < 2; round++) {
      AtomicLong done = new AtomicLong();
      AtomicLong nanos = new AtomicLong();
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      CountDownLatch ended = new CountDownLatch(inFlight);
      for (int i = 0; i < inFlight; i++) {
        next(i, end, done, nanos, ended, request);
      }
      ended.await();
      if (round == 1) {
        System.out.printf(
            "%s, %d in flight: %d/s, mean %.2f ms%n",
            what, inFlight, done.get() / seconds, nanos.get() / 1e6 / Math.max(1, done.get()));
      }
    }
  }

  private static void next(
      int i,
      long end,
      AtomicLong done,
      AtomicLong nanos,
      CountDownLatch ended,
      IntFunction<Uni<?>> request) {
    long started = System.nanoTime();
    if (started > end) {
      ended.countDown();
      return;
    }
    request
        .apply(i)
        .subscribe()
        .with(
            item -> {
              done.incrementAndGet();
              nanos.addAndGet(System.nanoTime() - started);
              next(i, end, done, nanos, ended, request);
            },
            failure -> {
              System.out.println(failure);
              ended.countDown();
            });
  }
}
