package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A {@link RaftNode} over {@link MapState}s. */
final class TestNode implements AutoCloseable {
  static {
    // Ratis' threads may find their log closed while a peer is closed. A test that waits for
    // something else must not fail for what is left of the test before it.
    Awaitility.doNotCatchUncaughtExceptionsByDefault();
  }

  static final Duration LIMIT = Duration.ofSeconds(10);

  final Map<Integer, MapState> states = new ConcurrentHashMap<>();
  final List<Throwable> failures = new CopyOnWriteArrayList<>();
  final MeterRegistry meters = new SimpleMeterRegistry();
  final RaftNode node;

  private TestNode(
      Path directory, int shards, RaftLimits limits, MapState.@Nullable BeforeApply beforeApply)
      throws IOException {
    node =
        RaftNode.open(
            new RaftNode.Options(
                directory,
                "test",
                shards,
                limits,
                Clock.systemUTC(),
                (path, shard) -> {
                  MapState state = new MapState(path);
                  state.beforeApply = beforeApply;
                  states.put(shard, state);
                  return state;
                },
                meters,
                (shard, failure) -> failures.add(failure)));
  }

  static TestNode open(Path directory) throws IOException {
    return open(directory, 1, RaftLimits.DEFAULT);
  }

  static TestNode open(Path directory, int shards, RaftLimits limits) throws IOException {
    TestNode node = new TestNode(directory, shards, limits, null);
    try {
      node.node.awaitReady(LIMIT);
    } catch (IOException e) {
      node.close();
      throw e;
    }
    return node;
  }

  /** Not yet ready, with a hook in front of every apply. */
  static TestNode start(Path directory, MapState.BeforeApply beforeApply) throws IOException {
    return new TestNode(directory, 1, RaftLimits.DEFAULT, beforeApply);
  }

  MetadataStore store() {
    return node.store();
  }

  Outcome put(int shard, String key, String etag) {
    return store().submit(shard, putCommand(key, etag), LIMIT).await().atMost(LIMIT);
  }

  static Command putCommand(String key, String etag) {
    return Command.newBuilder()
        .setPutObject(
            PutObject.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setObject(ObjectVersion.newBuilder().setEtag(etag)))
        .build();
  }

  String get(int shard, String key) {
    return store()
        .query(shard, getQuery(key, true), LIMIT)
        .await()
        .atMost(LIMIT)
        .getObject()
        .getObject()
        .getEtag();
  }

  static Query getQuery(String key, boolean onWorker) {
    return Query.newBuilder()
        .setGetObject(
            GetObject.newBuilder().setKey(ByteString.copyFromUtf8(key)).setWithContent(onWorker))
        .build();
  }

  /** What a power cut leaves: a copy of the directory, taken while the node runs. */
  static void copy(Path from, Path to) throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.walk(from)) {
      found = files.toList();
    }
    for (Path file : found) {
      Path target = to.resolve(from.relativize(file).toString());
      try {
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (!file.endsWith("in_use.lock")) {
          Files.copy(file, target);
        }
      } catch (NoSuchFileException e) {
        // Dropped meanwhile, as it may be at a power cut.
        assertThat(file.getFileName().toString()).startsWith("log_");
      }
    }
  }

  @Override
  public void close() throws IOException {
    node.close();
  }
}
