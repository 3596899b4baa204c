package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.DiskHint;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A disk of another node.
 *
 * <p>How it is and how busy comes from the node's last hint, to which this node's own requests
 * under way are added: the hint is up to seconds old, and without them every gateway would send the
 * same seconds' load to whoever looked idle last. Any thread.
 */
final class RemoteReplica implements ChunkReplica {
  private final RemoteNode node;
  private final String id;
  private final String path;
  private final Supplier<@Nullable DiskHint> hint;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  RemoteReplica(RemoteNode node, String id, Supplier<@Nullable DiskHint> hint) {
    this.node = node;
    this.id = id;
    this.path = Wire.PATH_DISKS + id;
    this.hint = hint;
  }

  @Override
  public String id() {
    return id;
  }

  /** Of a disk of which nothing was heard yet it is assumed that it works. */
  @Override
  public State state() {
    if (!node.isReachable()) {
      return State.FAILED;
    }
    DiskHint last = hint.get();
    if (last == null) {
      return State.WRITABLE;
    }
    return switch (last.getState()) {
      case 0 -> State.WRITABLE;
      case 1 -> State.READ_ONLY;
      default -> State.FAILED;
    };
  }

  @Override
  public Load load() {
    DiskHint last = hint.get();
    DiskHint known = last == null ? DiskHint.getDefaultInstance() : last;
    return new Load(
        known.getRequestsInFlight() + requests.get(),
        known.getBytesInFlight() + bytes.get(),
        known.getCapacityBytes(),
        known.getFreeBytes());
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    ByteBuf record = chunk.record();
    int size = record.readableBytes();
    return counted(
        size,
        () -> {
          chunk.retain();
          // Vert.x gives Netty an unreleasable view, and ignores reader indexes.
          Buffer body = BufferInternal.buffer(record.slice());
          ClientCall<Void> call =
              ClientCall.<Void>of(
                      node.address(),
                      HttpMethod.PUT,
                      path + "/chunks",
                      body,
                      deadline(),
                      response -> node.answer(response).mapEmpty())
                  .withHeader(Wire.LAYOUT, Long.toString(layoutVersion))
                  .withBodyDone(chunk::release)
                  .asBulk();
          return node.send(call);
        });
  }

  @Override
  public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
    String uri = path + "/chunks/" + chunk + "?first=" + firstFrame + "&count=" + frameCount;
    long size = (long) ChunkRecord.FRAME_STORED_MAX * Math.min(frameCount, ChunkRecord.FRAMES_MAX);
    return counted(
        size,
        () -> {
          ClientCall<StoredFrames> call =
              ClientCall.of(
                      node.address(),
                      HttpMethod.GET,
                      uri,
                      null,
                      deadline(),
                      response -> frames(response, chunk, firstFrame))
                  .withDiscard(late -> late.stored().release())
                  .asBulk();
          return node.send(call);
        });
  }

  private static Future<StoredFrames> frames(
      HttpClientResponse response, ChunkId chunk, int firstFrame) {
    String count = response.getHeader(Wire.FRAME_COUNT);
    return new AnswerReader(response, Wire.FRAMES_BYTES_MAX)
        .pooled()
        .map(
            body -> {
              try {
                return frames(body, chunk, firstFrame, count);
              } catch (RuntimeException e) {
                body.release();
                throw e;
              }
            });
  }

  /** Takes over the reference to {@code body} unless it throws. */
  private static StoredFrames frames(
      ByteBuf body, ChunkId chunk, int firstFrame, @Nullable String count) {
    ByteBuffer bytes = body.nioBuffer();
    ChunkHeader header;
    int frames;
    try {
      header = ChunkRecord.readHead(bytes);
      int rest = header.frames().size() - firstFrame;
      frames = (int) InternalRequest.number("the number of frames", count, 0, Math.max(0, rest));
    } catch (ChunkRecord.MalformedRecordException | MalformedRequestException e) {
      throw damaged(chunk, e);
    }
    int at = header.headLength();
    for (int i = firstFrame; i < firstFrame + frames; i++) {
      ChunkFrame frame = header.frames().get(i);
      if (bytes.limit() - at < frame.storedLength()
          || ChunkRecord.crc32c(bytes, at, frame.storedLength()) != frame.crc32c()) {
        throw damaged(chunk, null);
      }
      at += frame.storedLength();
    }
    if (!header.id().equals(chunk) || at != bytes.limit()) {
      throw damaged(chunk, null);
    }
    ByteBuf stored = body.slice(header.headLength(), at - header.headLength());
    return new StoredFrames(header, firstFrame, frames, stored);
  }

  private static StorageFailure damaged(ChunkId chunk, @Nullable Throwable cause) {
    return new StorageFailure.ChunkDamaged(
        "what another node sent of chunk " + chunk + " is damaged", cause);
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    return small(HttpMethod.POST, "/delete", ChunkRoutes.buffer(ids)).mapEmpty();
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    String from = after == null ? "" : "&after=" + after;
    return small(HttpMethod.GET, "/chunks?partition=" + partition + "&max=" + max + from, null)
        .map(ChunkRoutes::ids);
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    return small(HttpMethod.POST, "/layout?version=" + version, null).mapEmpty();
  }

  private Future<Buffer> small(HttpMethod method, String uri, @Nullable Buffer body) {
    return counted(
        body == null ? 0 : body.length(),
        () ->
            node.send(
                ClientCall.of(node.address(), method, path + uri, body, deadline(), node::answer)));
  }

  private Duration deadline() {
    return node.limits().requestLimit();
  }

  /** Makes a call that holds so many bytes, if the node may be sent that many more. */
  private <T> Future<T> counted(long size, Supplier<Future<T>> call) {
    InFlight all = node.chunks();
    if (!all.tryEnter(size)) {
      return Future.failedFuture(
          new StorageFailure.Unavailable(
              "too much is on its way to node " + node.name(), Wire.RETRY_AFTER, null));
    }
    requests.incrementAndGet();
    bytes.addAndGet(size);
    return call.get()
        .onComplete(
            done -> {
              all.leave(size);
              requests.decrementAndGet();
              bytes.addAndGet(-size);
            })
        .recover(cause -> Future.failedFuture(node.failure(cause, 0, false)));
  }

  @Override
  public String toString() {
    return "RemoteReplica[" + id + " on " + node.name() + "]";
  }
}
