package io.sluice.app.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.cluster.channel.InternalRequest;
import io.sluice.cluster.channel.InternalRoute;
import io.sluice.cluster.heal.Healer;
import io.sluice.cluster.layout.SyncChannel;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.MetadataFigures;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SyncAnswer;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests to bring disks up to date, to other nodes and of them: {@code /v1/heal/sync} as the
 * layout's keeper asks, {@code /v1/heal/repair} for chunks that are missing, or partitions that are
 * to be compared in any case. Any thread.
 */
final class HealChannel implements SyncChannel {
  private static final String SYNC = "/v1/heal/sync";
  private static final String REPAIR = "/v1/heal/repair";
  private static final int BODY_BYTES_MAX = 4 << 20;
  private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final String self;
  private final RemoteNodes nodes;
  private volatile @Nullable Healer healer;
  private volatile Supplier<@Nullable MetadataFigures> metadata = () -> null;

  /**
   * @param self this node's name
   */
  HealChannel(String self, RemoteNodes nodes) {
    this.self = self;
    this.nodes = nodes;
  }

  /**
   * Requests are taken from now on.
   *
   * @param figures of this node's part in the metadata; null: it has none
   */
  void serve(Healer opened, Supplier<@Nullable MetadataFigures> figures) {
    metadata = figures;
    healer = opened;
  }

  List<InternalRoute> routes() {
    return List.of(
        new InternalRoute(
            HttpMethod.POST, SYNC, BODY_BYTES_MAX, request -> answer(request, this::synced)),
        new InternalRoute(
            HttpMethod.POST, REPAIR, BODY_BYTES_MAX, request -> answer(request, this::repair)));
  }

  private Healer healer() {
    Healer opened = healer;
    if (opened == null) {
      throw new StorageFailure.Unavailable("this node is starting", RETRY_AFTER, null);
    }
    return opened;
  }

  private static Future<Buffer> answer(
      InternalRequest request, Function<SyncRequest, SyncAnswer> handler) {
    try {
      SyncRequest asked = SyncRequest.parseFrom(request.body().getBytes());
      return Future.succeededFuture(Buffer.buffer(handler.apply(asked).toByteArray()));
    } catch (InvalidProtocolBufferException e) {
      return Future.failedFuture(e);
    }
  }

  /** Who asks for nothing wants to know how this node is. */
  private SyncAnswer synced(SyncRequest request) {
    SyncAnswer answer = healer().sync(request);
    MetadataFigures figures = request.getItemsCount() == 0 ? metadata.get() : null;
    return figures == null ? answer : answer.toBuilder().setMetadata(figures).build();
  }

  private SyncAnswer repair(SyncRequest request) {
    Healer opened = healer();
    for (SyncItem item : request.getItemsList()) {
      if (item.getChunkIdsCount() == 0) {
        opened.repair(item.getDisk(), item.getPartition());
      }
      item.getChunkIdsList().forEach(id -> opened.repair(item.getDisk(), ChunkId.from(id)));
    }
    return SyncAnswer.newBuilder().setFigures(opened.figures()).build();
  }

  @Override
  public Uni<SyncAnswer> sync(NodeRecord node, SyncRequest request) {
    return node.getName().equals(self)
        ? Uni.createFrom().item(() -> synced(request))
        : call(node, SYNC, request);
  }

  /** Has a node fetch chunks that it is believed to lack, or compare their partitions. */
  Uni<SyncAnswer> repair(NodeRecord node, SyncRequest request) {
    return node.getName().equals(self)
        ? Uni.createFrom().item(() -> repair(request))
        : call(node, REPAIR, request);
  }

  private Uni<SyncAnswer> call(NodeRecord node, String path, SyncRequest request) {
    return VertxUni.of(
        () ->
            nodes
                .of(node)
                .call(HttpMethod.POST, path, Buffer.buffer(request.toByteArray()), CALL_LIMIT)
                .compose(HealChannel::read));
  }

  private static Future<SyncAnswer> read(Buffer body) {
    try {
      return Future.succeededFuture(SyncAnswer.parseFrom(body.getBytes()));
    } catch (InvalidProtocolBufferException e) {
      return Future.failedFuture(e);
    }
  }
}
