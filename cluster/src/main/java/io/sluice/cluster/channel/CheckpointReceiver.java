package io.sluice.cluster.channel;

import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Writes an arriving checkpoint into a directory. On the answer's event loop; files are written on
 * a worker, and the next piece is taken from the socket when the last is written.
 */
final class CheckpointReceiver {
  private final HttpClientResponse response;
  private final Path directory;
  private final WorkerExecutor workers;
  private final Promise<Void> done = Promise.promise();
  private @Nullable CheckpointWriter writer;
  private boolean writing;
  private @Nullable Throwable failure;

  CheckpointReceiver(HttpClientResponse response, Path directory, WorkerExecutor workers) {
    this.response = response;
    this.directory = directory;
    this.workers = workers;
  }

  Future<Void> receive() {
    response
        .pause()
        .exceptionHandler(this::fail)
        .handler(this::write)
        .endHandler(end -> complete());
    work(
        () -> {
          writer = new CheckpointWriter(directory);
          return null;
        },
        () -> response.fetch(1));
    return done.future();
  }

  private void write(Buffer piece) {
    ByteBuffer bytes = ((BufferInternal) piece).getByteBuf().nioBuffer();
    work(
        () -> {
          writer().accept(bytes);
          return null;
        },
        () -> response.fetch(1));
  }

  private void complete() {
    work(
        () -> {
          writer().complete();
          return null;
        },
        () -> done.tryComplete());
  }

  private CheckpointWriter writer() {
    CheckpointWriter opened = writer;
    if (opened == null) {
      throw new IllegalStateException("the directory is not open");
    }
    return opened;
  }

  /** One step at a time: a failure meanwhile waits for the step to end. */
  private void work(Callable<@Nullable Void> step, Runnable next) {
    writing = true;
    workers
        .executeBlocking(step, false)
        .onComplete(
            result -> {
              writing = false;
              Throwable failed = failure;
              if (failed != null) {
                abandon(failed);
              } else if (result.failed()) {
                failure = result.cause();
                abandon(
                    new StorageFailure.Unavailable(
                        String.valueOf(result.cause().getMessage()),
                        Wire.RETRY_AFTER,
                        result.cause()));
              } else {
                next.run();
              }
            });
  }

  private void fail(Throwable cause) {
    if (failure != null || done.future().isComplete()) {
      return;
    }
    failure = cause;
    if (!writing) {
      abandon(cause);
    }
  }

  private void abandon(Throwable cause) {
    workers
        .executeBlocking(
            () -> {
              CheckpointWriter opened = writer;
              if (opened != null) {
                opened.close();
              }
              return null;
            },
            false)
        .onComplete(closed -> done.tryFail(cause));
  }
}
