package io.sluice.cluster.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.buffer.Unpooled;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;

/** The metadata server of another node. */
final class RemoteMetadataPeer implements MetadataPeer {
  private final RemoteNode node;

  RemoteMetadataPeer(RemoteNode node) {
    this.node = node;
  }

  /** A connection that is lost after the command was sent leaves its outcome unknown. */
  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    return ask(shard, "/commands", command, Outcome.parser(), deadline, true);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return ask(shard, "/queries", query, Answer.parser(), deadline, false);
  }

  private <T extends MessageLite> Uni<T> ask(
      int shard,
      String path,
      MessageLite message,
      Parser<T> parser,
      Duration deadline,
      boolean isCommand) {
    return Uni.createFrom()
        .emitter(
            caller -> {
              ClientCall<T> call =
                  ClientCall.of(
                      node.address(),
                      HttpMethod.POST,
                      Wire.PATH_SHARDS + shard + path,
                      BufferInternal.buffer(Unpooled.wrappedBuffer(message.toByteArray())),
                      deadline,
                      response -> node.answer(response).compose(body -> parse(parser, body)));
              node.send(call)
                  .onComplete(
                      caller::complete,
                      cause -> caller.fail(node.failure(cause, shard, isCommand)));
            });
  }

  private static <T> Future<T> parse(Parser<T> parser, Buffer body) {
    try {
      return Future.succeededFuture(parser.parseFrom(body.getBytes()));
    } catch (InvalidProtocolBufferException e) {
      return Future.failedFuture(e);
    }
  }
}
