package io.sluice.cluster.channel;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.buffer.ByteBuf;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;

/** Other nodes' commands and queries to the shards whose peer is here. On event loops. */
final class MetadataRoutes {
  private static final int SHARD_MAX = 65_535;

  private final LocalNode node;

  MetadataRoutes(LocalNode node) {
    this.node = node;
  }

  private MetadataPeer peer() {
    MetadataPeer peer = node.metadata();
    if (peer == null) {
      throw new StorageFailure.Unavailable("no metadata is kept here", Wire.RETRY_AFTER, null);
    }
    return peer;
  }

  /** POST /v1/shards/{shard}/commands: a Command; answered with an Outcome. */
  void submit(ServerExchange exchange, ByteBuf body) {
    Command command = parse(Command.parser(), body);
    answer(exchange, peer().submit(shard(exchange), command, exchange.deadline()));
  }

  /** POST /v1/shards/{shard}/queries: a Query; answered with an Answer. */
  void query(ServerExchange exchange, ByteBuf body) {
    Query query = parse(Query.parser(), body);
    answer(exchange, peer().query(shard(exchange), query, exchange.deadline()));
  }

  private static int shard(ServerExchange exchange) {
    return (int) exchange.pathNumber("shard", SHARD_MAX);
  }

  /** Copies what it keeps, and releases the body. */
  private static <T extends MessageLite> T parse(Parser<T> parser, ByteBuf body) {
    try {
      return parser.parseFrom(CodedInputStream.newInstance(body.nioBuffer()));
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedRequestException("the message can't be read");
    } finally {
      body.release();
    }
  }

  private static void answer(ServerExchange exchange, Uni<? extends MessageLite> answer) {
    answer
        .subscribe()
        .with(message -> exchange.answer(Buffer.buffer(message.toByteArray())), exchange::fail);
  }
}
