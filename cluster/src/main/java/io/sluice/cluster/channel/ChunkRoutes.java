package io.sluice.cluster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.DiskHint;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Other nodes' requests to the disks of this one. On event loops. */
final class ChunkRoutes {
  private final LocalNode node;

  ChunkRoutes(LocalNode node) {
    this.node = node;
  }

  private ChunkReplica disk(String id) {
    ChunkReplica disk = node.disk(id);
    if (disk == null) {
      throw new StorageFailure.DiskFailed("there is no disk " + id + " here", null);
    }
    return disk;
  }

  /** PUT /v1/disks/{disk}/chunks: the body is a record. */
  void write(ServerExchange exchange, ByteBuf body) {
    EncodedChunk chunk;
    ChunkReplica disk;
    long layout;
    try {
      disk = disk(exchange.pathParam("disk"));
      layout =
          InternalRequest.number(
              "the layout version", exchange.request().getHeader(Wire.LAYOUT), 0, Long.MAX_VALUE);
      chunk = chunk(body);
    } catch (RuntimeException e) {
      body.release();
      throw e;
    }
    try {
      exchange.answer(disk.write(chunk, layout).map(Buffer.buffer()));
    } finally {
      chunk.release();
    }
  }

  private static EncodedChunk chunk(ByteBuf body) {
    try {
      ChunkHeader header = ChunkRecord.readHead(body.nioBuffer());
      return new EncodedChunk(header, body);
    } catch (ChunkRecord.MalformedRecordException | IllegalArgumentException e) {
      throw new StorageFailure.ChunkDamaged("a record arrived that is none", e);
    }
  }

  /** GET /v1/disks/{disk}/chunks/{chunk}?first&count: the record's head, and stored frames. */
  void read(ServerExchange exchange, InternalRequest request) {
    ChunkId id = chunkId(request.pathParam("chunk"));
    int first = (int) request.queryNumber("first", 0, ChunkRecord.FRAMES_MAX - 1);
    int count = (int) request.queryNumber("count", 1, ChunkRecord.FRAMES_MAX);
    disk(request.pathParam("disk"))
        .read(id, first, count)
        .onComplete(frames -> send(exchange, frames), exchange::fail);
  }

  private static void send(ServerExchange exchange, StoredFrames frames) {
    ChunkHeader header = frames.header();
    ByteBuf head = PooledByteBufAllocator.DEFAULT.directBuffer(header.headLength());
    ByteBuffer target = head.internalNioBuffer(0, header.headLength());
    ChunkRecord.writeHead(header, target);
    head.writerIndex(header.headLength());
    exchange
        .request()
        .response()
        .putHeader(Wire.FIRST_FRAME, Integer.toString(frames.firstFrame()))
        .putHeader(Wire.FRAME_COUNT, Integer.toString(frames.frameCount()));
    exchange.answer(head, frames.stored());
  }

  /** POST /v1/disks/{disk}/delete: the body is ids. */
  Future<Buffer> delete(InternalRequest request) {
    return disk(request.pathParam("disk")).delete(ids(request.body())).map(Buffer.buffer());
  }

  /** GET /v1/disks/{disk}/chunks?partition&after&max: ids. */
  Future<Buffer> list(InternalRequest request) {
    int partition = (int) request.queryNumber("partition", 0, 0xffff);
    int max = (int) request.queryNumber("max", 1, Wire.CHUNK_IDS_MAX);
    String after = request.query().get("after");
    return disk(request.pathParam("disk"))
        .list(partition, after == null ? null : chunkId(after), max)
        .map(ChunkRoutes::buffer);
  }

  /** POST /v1/disks/{disk}/layout?version. */
  Future<Buffer> raiseLayout(InternalRequest request) {
    long version = request.queryNumber("version", 0, Long.MAX_VALUE);
    return disk(request.pathParam("disk")).raiseLayoutVersion(version).map(Buffer.buffer());
  }

  /** GET /v1/disks/{disk}: a DiskHint. */
  Future<Buffer> state(InternalRequest request) {
    ChunkReplica disk = disk(request.pathParam("disk"));
    ChunkReplica.Load load = disk.load();
    DiskHint hint =
        DiskHint.newBuilder()
            .setId(disk.id())
            .setState(stateNumber(disk.state()))
            .setRequestsInFlight(load.requestsInFlight())
            .setBytesInFlight(load.bytesInFlight())
            .setCapacityBytes(load.capacityBytes())
            .setFreeBytes(load.freeBytes())
            .build();
    return Future.succeededFuture(Buffer.buffer(hint.toByteArray()));
  }

  private static int stateNumber(ChunkReplica.State state) {
    return switch (state) {
      case WRITABLE -> 0;
      case READ_ONLY -> 1;
      case FAILED -> 2;
    };
  }

  static ChunkId chunkId(String hex) {
    try {
      byte[] bytes = HexFormat.of().parseHex(hex);
      if (bytes.length == ChunkId.LENGTH) {
        return ChunkId.read(ByteBuffer.wrap(bytes));
      }
    } catch (IllegalArgumentException e) {
      // the same as one of another length
    }
    throw new MalformedRequestException("a chunk id has 32 hex digits");
  }

  static Buffer buffer(List<ChunkId> ids) {
    ByteBuffer bytes = ByteBuffer.allocate(ids.size() * ChunkId.LENGTH);
    ids.forEach(id -> id.write(bytes));
    return Buffer.buffer(bytes.array());
  }

  static List<ChunkId> ids(Buffer body) {
    ByteBuffer bytes = ByteBuffer.wrap(body.getBytes());
    int count = bytes.remaining() / ChunkId.LENGTH;
    if (bytes.remaining() % ChunkId.LENGTH != 0 || count > Wire.CHUNK_IDS_MAX) {
      throw new MalformedRequestException(bytes.remaining() + " bytes are not a list of chunk ids");
    }
    List<ChunkId> ids = new ArrayList<>(count);
    while (bytes.hasRemaining()) {
      ids.add(ChunkId.read(bytes));
    }
    return ids;
  }
}
