package io.sluice.cluster.channel;

import io.netty.buffer.Unpooled;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends checkpoints of this node's shards. Files are read on workers of its own, one block after
 * the other is written, so that a slow receiver costs one block of memory.
 */
final class CheckpointSender {
  private static final Logger log = LoggerFactory.getLogger(CheckpointSender.class);
  private static final long BLOCK_LIMIT_MINUTES = 10;

  private final WorkerExecutor workers;
  private final int max;
  private final AtomicInteger sending = new AtomicInteger();

  CheckpointSender(Vertx vertx, int max) {
    this.max = max;
    this.workers =
        vertx.createSharedWorkerExecutor(
            "sluice-checkpoint-send", max, BLOCK_LIMIT_MINUTES, TimeUnit.MINUTES);
  }

  /** One copy on its way. */
  private record Copy(ServerExchange exchange, Path directory, CheckpointReader reader) {}

  /** GET /v1/shards/{shard}/checkpoint. On the exchange's event loop, like everything it calls. */
  void send(ServerExchange exchange, CheckpointSource source, int shard) {
    if (sending.incrementAndGet() > max) {
      sending.decrementAndGet();
      exchange.fail(
          new StorageFailure.Unavailable(
              "too many checkpoints are being sent", Wire.RETRY_AFTER, null));
      return;
    }
    source
        .checkpoint(shard)
        .compose(directory -> open(exchange, directory))
        .onComplete(
            copy -> exchange.onLoop(() -> begin(copy)),
            failure -> {
              sending.decrementAndGet();
              exchange.fail(failure);
            });
  }

  private Future<Copy> open(ServerExchange exchange, Path directory) {
    return workers
        .executeBlocking(
            () -> new Copy(exchange, directory, new CheckpointReader(directory)), false)
        .recover(
            failure ->
                workers
                    .executeBlocking(() -> delete(directory), false)
                    .transform(deleted -> Future.failedFuture(failure)));
  }

  private static @Nullable Void delete(Path directory) throws IOException {
    CheckpointReader.delete(directory);
    return null;
  }

  private void begin(Copy copy) {
    copy.exchange().request().response().setChunked(true);
    next(copy);
  }

  private void next(Copy copy) {
    // The future completes on the exchange's context, because it is asked for there.
    workers
        .<@Nullable ByteBuffer>executeBlocking(copy.reader()::next, false)
        .onComplete(
            block -> write(copy, block),
            failure -> {
              log.error("a checkpoint can't be sent from {}", copy.directory(), failure);
              // What was sent must not look complete.
              copy.exchange().request().connection().close();
              end(copy);
            });
  }

  private void write(Copy copy, @Nullable ByteBuffer block) {
    HttpServerResponse response = copy.exchange().request().response();
    if (response.closed()) {
      end(copy);
    } else if (block == null) {
      response.end().onComplete(sent -> end(copy));
    } else {
      response
          .write(BufferInternal.buffer(Unpooled.wrappedBuffer(block)))
          .onComplete(sent -> next(copy), gone -> end(copy));
    }
  }

  private void end(Copy copy) {
    sending.decrementAndGet();
    copy.exchange().leave();
    workers
        .executeBlocking(
            () -> {
              try (CheckpointReader closed = copy.reader()) {
                return delete(copy.directory());
              }
            },
            false)
        .onFailure(
            failure -> log.warn("a checkpoint can't be deleted: {}", copy.directory(), failure));
  }

  Future<Void> close() {
    return workers.close();
  }
}
