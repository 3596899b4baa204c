package io.sluice.metadata.raft;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Commits per second of 4 KiB PutObjects, in one process: {@code CommitBench DIRECTORY [SHARDS]
 * [IN-FLIGHT] [SECONDS] [state]}. Over a state that does nothing: what Raft and its log cost; with
 * {@code state} over RocksDB.
 */
final class CommitBench {
  private static final int BODY_BYTES = 4096;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private CommitBench() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int shards = args.length > 1 ? Integer.parseInt(args[1]) : 1;
    int inFlight = args.length > 2 ? Integer.parseInt(args[2]) : 32;
    int seconds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
    boolean withState = args.length > 4;
    if (withState) {
      runWithState(directory, shards, inFlight, seconds);
      return;
    }
    RaftNode.Options options =
        new RaftNode.Options(
            directory,
            "bench",
            shards,
            RaftLimits.DEFAULT,
            null,
            Clock.systemUTC(),
            (path, shard) -> new NoState(),
            new SimpleMeterRegistry(),
            (shard, failure) -> failure.printStackTrace());
    try (RaftNode node = RaftNode.open(options)) {
      node.awaitReady(LIMIT);
      run(node.store(), inFlight, 3);
      run(node.store(), inFlight, seconds);
    }
  }

  private static void runWithState(Path directory, int shards, int inFlight, int seconds)
      throws Exception {
    MetadataOptions options = MetadataOptions.in(directory).shards(shards).build();
    long started = System.nanoTime();
    try (MetadataServer server =
        MetadataServer.open(
            options,
            Clock.systemUTC(),
            new SimpleMeterRegistry(),
            (shard, failure) -> failure.printStackTrace())) {
      System.out.printf("ready after %d ms%n", (System.nanoTime() - started) / 1_000_000);
      for (int shard = 0; shard < shards; shard++) {
        CreateBucket bucket =
            CreateBucket.newBuilder()
                .setName("bench" + shard)
                .setOwner("o")
                .setShard(shard)
                .build();
        server
            .store()
            .submit(0, Command.newBuilder().setCreateBucket(bucket).build(), LIMIT)
            .onFailure()
            .recoverWithNull()
            .await()
            .indefinitely();
      }
      run(server.store(), inFlight, 3);
      run(server.store(), inFlight, seconds);
    }
  }

  static void run(MetadataStore store, int inFlight, int seconds) throws InterruptedException {
    byte[] body = new byte[BODY_BYTES];
    new Random(1).nextBytes(body);
    Semaphore slots = new Semaphore(inFlight);
    AtomicInteger done = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    long[] latencies = new long[4_000_000];
    long started = System.nanoTime();
    long end = started + seconds * 1_000_000_000L;
    int sent = 0;
    while (System.nanoTime() < end) {
      slots.acquire();
      Command command = put(sent, body);
      long begun = System.nanoTime();
      store
          .submit(sent++ % store.shardCount(), command, LIMIT)
          .subscribe()
          .with(
              outcome -> {
                latencies[done.getAndIncrement()] = System.nanoTime() - begun;
                slots.release();
              },
              failure -> {
                if (failed.getAndIncrement() == 0) {
                  failure.printStackTrace();
                }
                slots.release();
              });
    }
    slots.acquire(inFlight);
    double elapsed = (System.nanoTime() - started) / 1e9;
    int count = done.get();
    long[] sorted = Arrays.copyOf(latencies, count);
    Arrays.sort(sorted);
    System.out.printf(
        "%d shards, %d in flight: %.0f commits/s, p50 %.2f ms, p99 %.2f ms, failed %d%n",
        store.shardCount(),
        inFlight,
        count / elapsed,
        sorted[count / 2] / 1e6,
        sorted[count * 99 / 100] / 1e6,
        failed.get());
  }

  private static Command put(int number, byte[] body) {
    return Command.newBuilder()
        .setPutObject(
            PutObject.newBuilder()
                .setBucketId(1)
                .setKey(ByteString.copyFromUtf8("key-" + number))
                .setObject(ObjectVersion.newBuilder().setSize(body.length).setInline(true))
                .setPart(Part.newBuilder().setSize(body.length).setInline(true))
                .setInlineData(com.google.protobuf.UnsafeByteOperations.unsafeWrap(body)))
        .build();
  }

  private static final class NoState implements ReplicatedState {
    private volatile LogPosition applied = LogPosition.getDefaultInstance();

    @Override
    public LogPosition applied() {
      return applied;
    }

    @Override
    public Outcome apply(LogPosition position, Command command) throws IOException {
      applied = position;
      return Outcome.newBuilder().setPosition(position).build();
    }

    @Override
    public Answer answer(Query query) {
      return Answer.getDefaultInstance();
    }

    @Override
    public @Nullable Answer answerFromMemory(Query query) {
      return null;
    }

    @Override
    public LogPosition flush() {
      return applied;
    }

    @Override
    public void checkpoint(Path into) {}

    @Override
    public int format() {
      return FormatRange.FIRST;
    }

    @Override
    public long shardTimeMs() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
