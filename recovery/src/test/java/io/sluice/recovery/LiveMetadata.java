package io.sluice.recovery;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import io.sluice.storage.proto.SetHistoryWindow;
import io.sluice.storage.proto.ShardStatus;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Real metadata of several shards, which keep a history, and what clients do to it. */
final class LiveMetadata implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataServer server;
  private final int shards;

  private LiveMetadata(MetadataServer server, int shards) {
    this.server = server;
    this.shards = shards;
  }

  static LiveMetadata open(Path directory, int shards, Clock clock) throws Exception {
    MetadataOptions options =
        MetadataOptions.in(directory.resolve("metadata"))
            .node("n1")
            .shards(shards)
            .memory(8 << 20, 8 << 20)
            .startLimit(LIMIT)
            .build();
    LiveMetadata metadata =
        new LiveMetadata(
            MetadataServer.open(options, clock, new SimpleMeterRegistry(), (shard, failure) -> {}),
            shards);
    metadata.inEveryShard(
        Command.newBuilder()
            .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
    return metadata;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  MetadataServer server() {
    return server;
  }

  MetadataStore store() {
    return server.store();
  }

  static <T> T await(Uni<T> result) {
    return result.await().atMost(LIMIT);
  }

  Outcome submit(int shard, Command.Builder command) {
    return await(store().submit(shard, command.build(), LIMIT));
  }

  void inEveryShard(Command.Builder command) {
    for (int shard = 0; shard < shards; shard++) {
      submit(shard, command);
    }
  }

  void window(Duration window) {
    inEveryShard(
        Command.newBuilder()
            .setSetHistoryWindow(SetHistoryWindow.newBuilder().setWindowMs(window.toMillis())));
  }

  Bucket bucket(String name, int shard) {
    CreateBucket create =
        CreateBucket.newBuilder().setName(name).setOwner("ann").setShard(shard).build();
    return submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setCreateBucket(create))
        .getBucket();
  }

  void put(Bucket bucket, String key, String text) {
    ByteString data = ByteString.copyFromUtf8(text);
    put(
        bucket,
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setObject(ObjectVersion.newBuilder().setOwner("ann").setEtag(text))
            .setPart(Part.newBuilder().setSize(data.size()).setInline(true))
            .setInlineData(data));
  }

  void put(Bucket bucket, PutObject.Builder put) {
    submit(bucket.getShard(), Command.newBuilder().setPutObject(put.setBucketId(bucket.getId())));
  }

  void delete(Bucket bucket, String key) {
    submit(
        bucket.getShard(),
        Command.newBuilder()
            .setDeleteObject(
                DeleteObject.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8(key))));
  }

  /** Of a bucket that is empty. */
  void remove(Bucket bucket) {
    long id = bucket.getId();
    submit(
        MetadataStore.ROOT_SHARD,
        Command.newBuilder()
            .setMarkBucketDeleting(
                MarkBucketDeleting.newBuilder().setBucketId(id).setName(bucket.getName())));
    submit(
        bucket.getShard(),
        Command.newBuilder().setSealBucket(SealBucket.newBuilder().setBucketId(id)));
    submit(
        MetadataStore.ROOT_SHARD,
        Command.newBuilder()
            .setRemoveBucket(RemoveBucket.newBuilder().setBucketId(id).setName(bucket.getName())));
  }

  /** With its content; null when there is none. */
  @Nullable ObjectAnswer object(Bucket bucket, String key, @Nullable BucketMoment then) {
    GetObject.Builder get =
        GetObject.newBuilder()
            .setBucketId(bucket.getId())
            .setKey(ByteString.copyFromUtf8(key))
            .setWithContent(true);
    if (then != null) {
      get.setAt(then.at());
    }
    try {
      return await(
              store().query(bucket.getShard(), Query.newBuilder().setGetObject(get).build(), LIMIT))
          .getObject();
    } catch (StorageFailure.Refused absent) {
      return null;
    }
  }

  @Nullable String text(Bucket bucket, String key, @Nullable BucketMoment then) {
    ObjectAnswer object = object(bucket, key, then);
    return object == null ? null : object.getInlineData().toStringUtf8();
  }

  /** Ids of the pins that hold something. */
  List<String> pins(int shard) {
    Query query = Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build();
    return await(store().query(shard, query, LIMIT)).getPins().getPinsList().stream()
        .filter(pin -> !pin.getRemoved())
        .map(PinRow::getId)
        .toList();
  }

  ShardStatus status(int shard) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return await(store().query(shard, query, LIMIT)).getStatus();
  }
}
