package io.sluice.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.WriteCondition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Raft over RocksDB, as the application starts it. */
class MetadataServerTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir Path directory;

  @Test
  void open_fourShards_commitAndAnswerAndSurviveARestart() throws Exception {
    Path data = directory.resolve("data");
    List<Bucket> buckets = new ArrayList<>();
    String cluster;
    try (MetadataServer server = open(data)) {
      cluster = server.clusterId();
      for (int shard = 0; shard < 4; shard++) {
        Bucket bucket = bucket(server, "bucket-" + shard, shard);
        buckets.add(bucket);
        put(server, bucket, "key", "value-" + shard, false);
        assertThat(get(server, bucket, "key")).isEqualTo("value-" + shard);
      }
    }
    try (MetadataServer server = open(data)) {
      assertThat(server.clusterId()).isEqualTo(cluster);
      for (int shard = 0; shard < 4; shard++) {
        assertThat(server.leads(shard)).isTrue();
        assertThat(get(server, buckets.get(shard), "key")).isEqualTo("value-" + shard);
      }
    }
  }

  @Test
  void submit_racingConditionalWriters_exactlyOneWins() throws Exception {
    try (MetadataServer server = open(directory.resolve("data"))) {
      Bucket bucket = bucket(server, "bucket", 2);
      AtomicInteger refused = new AtomicInteger();
      List<Object> outcomes =
          IntStream.range(0, 50)
              .parallel()
              .mapToObj(
                  i -> {
                    try {
                      put(server, bucket, "key", "value-" + i, true);
                      return "won";
                    } catch (StorageFailure.Refused e) {
                      assertThat(e.code()).isEqualTo(RefusalCode.PRECONDITION_FAILED);
                      refused.incrementAndGet();
                      return "lost";
                    }
                  })
              .map(Object.class::cast)
              .toList();
      assertThat(outcomes).containsOnlyOnce("won");
      assertThat(refused).hasValue(49);
    }
  }

  /** What RocksDB wrote since it last flushed for Ratis is lost; the log still has it. */
  @Test
  void open_stateOlderThanItsLog_isBroughtUpByTheLog() throws Exception {
    Path running = directory.resolve("running");
    Path crashed = directory.resolve("crashed");
    Bucket bucket;
    try (MetadataServer server = open(running)) {
      bucket = bucket(server, "bucket", 0);
      put(server, bucket, "k0", "v0", false);
    }
    copy(running.resolve("state"), crashed.resolve("state"));
    copy(running.resolve("snapshot"), crashed.resolve("snapshot"));
    try (MetadataServer server = open(running)) {
      for (int i = 1; i < 200; i++) {
        put(server, bucket, "k" + i, "v" + i, false);
      }
      copy(running.resolve("raft"), crashed.resolve("raft"));
      Files.copy(running.resolve("sluice-metadata"), crashed.resolve("sluice-metadata"));
    }
    try (MetadataServer server = open(crashed)) {
      for (int i = 0; i < 200; i++) {
        assertThat(get(server, bucket, "k" + i)).isEqualTo("v" + i);
      }
    }
  }

  @Test
  void open_stateGone_isRefusedBecauseItWasAcknowledged() throws Exception {
    Path data = directory.resolve("data");
    try (MetadataServer server = open(data)) {
      bucket(server, "bucket", 0);
    }
    delete(data.resolve("state/0"));
    assertThatThrownBy(() -> open(data))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has lost entries");
  }

  @Test
  void diskAlmostFull_takesDeletionsAndReads_andEverythingAgainWhenThereIsRoom() throws Exception {
    AtomicLong free = new AtomicLong(1_000);
    try (MetadataServer server = open(directory.resolve("data"), free::get, 100)) {
      Bucket bucket = bucket(server, "bucket", 1);
      put(server, bucket, "key", "value", false);
      free.set(99);
      await()
          .until(
              () -> {
                try {
                  put(server, bucket, "more", "value", false);
                  return false;
                } catch (StorageFailure.Refused e) {
                  return e.code() == RefusalCode.NO_SPACE;
                }
              });
      assertThat(get(server, bucket, "key")).isEqualTo("value");
      delete(server, bucket, "key");
      // Not at the floor itself, about which it would go to and fro.
      free.set(110);
      assertThatThrownBy(() -> bucket(server, "other", 1))
          .isInstanceOf(StorageFailure.Refused.class)
          .hasMessageContaining("NO_SPACE");
      free.set(125);
      await()
          .ignoreExceptions()
          .until(
              () -> {
                put(server, bucket, "key", "new", false);
                return true;
              });
      assertThat(get(server, bucket, "key")).isEqualTo("new");
    }
  }

  private static void delete(MetadataServer server, Bucket bucket, String key) {
    DeleteObject delete =
        DeleteObject.newBuilder()
            .setBucketId(bucket.getId())
            .setKey(ByteString.copyFromUtf8(key))
            .build();
    server
        .store()
        .submit(bucket.getShard(), Command.newBuilder().setDeleteObject(delete).build(), LIMIT)
        .await()
        .atMost(LIMIT);
  }

  private static MetadataServer open(Path data) throws IOException {
    return open(data, () -> Long.MAX_VALUE, 0);
  }

  private static MetadataServer open(Path data, LongSupplier free, long floor) throws IOException {
    MetadataOptions options =
        MetadataOptions.in(data)
            .node("test")
            .memory(8 << 20, 8 << 20)
            .startLimit(Duration.ofSeconds(20))
            .freeBytes(free)
            .floorBytes(floor)
            .build();
    return MetadataServer.open(
        options, Clock.systemUTC(), new SimpleMeterRegistry(), (shard, failure) -> {});
  }

  private static Bucket bucket(MetadataServer server, String name, int shard) {
    CreateBucket create =
        CreateBucket.newBuilder().setName(name).setOwner("owner").setShard(shard).build();
    return server
        .store()
        .submit(
            MetadataStore.ROOT_SHARD, Command.newBuilder().setCreateBucket(create).build(), LIMIT)
        .await()
        .atMost(LIMIT)
        .getBucket();
  }

  private static void put(
      MetadataServer server, Bucket bucket, String key, String value, boolean ifAbsent) {
    ByteString bytes = ByteString.copyFromUtf8(value);
    PutObject put =
        PutObject.newBuilder()
            .setBucketId(bucket.getId())
            .setKey(ByteString.copyFromUtf8(key))
            .setObject(ObjectVersion.newBuilder().setSize(bytes.size()).setInline(true))
            .setPart(Part.newBuilder().setSize(bytes.size()).setInline(true))
            .setInlineData(bytes)
            .setCondition(WriteCondition.newBuilder().setIfAbsent(ifAbsent))
            .build();
    server
        .store()
        .submit(bucket.getShard(), Command.newBuilder().setPutObject(put).build(), LIMIT)
        .await()
        .atMost(LIMIT);
  }

  private static String get(MetadataServer server, Bucket bucket, String key) {
    GetObject get =
        GetObject.newBuilder()
            .setBucketId(bucket.getId())
            .setKey(ByteString.copyFromUtf8(key))
            .setWithContent(true)
            .build();
    return server
        .store()
        .query(bucket.getShard(), Query.newBuilder().setGetObject(get).build(), LIMIT)
        .await()
        .atMost(LIMIT)
        .getObject()
        .getInlineData()
        .toStringUtf8();
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.walk(from)) {
      found = files.toList();
    }
    for (Path file : found) {
      Path target = to.resolve(from.relativize(file).toString());
      try {
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      } catch (NoSuchFileException e) {
        assertThat(file.getFileName().toString()).startsWith("log_");
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
