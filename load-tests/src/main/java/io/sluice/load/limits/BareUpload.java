package io.sluice.load.limits;

import com.github.luben.zstd.ZstdCompressCtx;
import io.sluice.load.content.Digests;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What any store must at least do with an upload: receive it, hash it for the ETag, write it to a
 * file and make it durable; in the second form compress it before it is written. The socket's
 * buffers are hashed and written as they are, in batches of 1 MiB on a worker, while the event loop
 * receives the next ones.
 */
final class BareUpload {

  private static final int BATCH_BYTES = 1024 * 1024;
  private static final int WINDOW_BYTES = 4 * BATCH_BYTES;
  private static final int FRAME_BYTES = 256 * 1024;
  private static final int ZSTD_LEVEL = 1;

  private final HttpServerRequest request;
  private final Context context;
  private final SerialTasks worker;
  private final Path file;
  private final boolean compress;
  private final MessageDigest md5 = Digests.md5();

  // Event loop only.
  private List<Buffer> batch = new ArrayList<>();
  private int batchBytes;
  private int windowBytes;

  // Worker only.
  private @Nullable FileChannel channel;
  private @Nullable ZstdCompressCtx zstd;
  private @Nullable ByteBuffer plain;
  private @Nullable ByteBuffer packed;
  private @Nullable IOException failure;

  BareUpload(
      HttpServerRequest request, Context context, Executor pool, Path file, boolean compress) {
    this.request = request;
    this.context = context;
    this.worker = new SerialTasks(pool);
    this.file = file;
    this.compress = compress;
  }

  void start() {
    request.handler(this::received);
    request.endHandler(v -> finish());
    request.exceptionHandler(e -> worker.submit(this::release));
  }

  private void received(Buffer buffer) {
    batch.add(buffer);
    batchBytes += buffer.length();
    if (batchBytes >= BATCH_BYTES) {
      hand();
    }
  }

  private void hand() {
    List<Buffer> full = batch;
    int bytes = batchBytes;
    batch = new ArrayList<>(full.size());
    batchBytes = 0;
    windowBytes += bytes;
    if (windowBytes >= WINDOW_BYTES) {
      request.pause();
    }
    worker.submit(
        () -> {
          store(full);
          context.runOnContext(v -> stored(bytes));
        });
  }

  private void stored(int bytes) {
    windowBytes -= bytes;
    if (windowBytes < WINDOW_BYTES) {
      request.resume();
    }
  }

  private void finish() {
    hand();
    worker.submit(
        () -> {
          complete();
          String etag = '"' + HexFormat.of().formatHex(md5.digest()) + '"';
          boolean failed = failure != null;
          context.runOnContext(v -> answer(failed, etag));
        });
  }

  private void answer(boolean failed, String etag) {
    if (failed) {
      request.response().setStatusCode(500).end();
    } else {
      request.response().putHeader("ETag", etag).end();
    }
  }

  private void store(List<Buffer> buffers) {
    if (failure != null) {
      return;
    }
    try {
      ByteBuffer[] views = new ByteBuffer[buffers.size()];
      for (int i = 0; i < views.length; i++) {
        views[i] = ((BufferInternal) buffers.get(i)).getByteBuf().nioBuffer();
        md5.update(views[i].duplicate());
      }
      if (compress) {
        for (ByteBuffer view : views) {
          pack(view);
        }
      } else {
        writeAll(views);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  private void writeAll(ByteBuffer[] views) throws IOException {
    FileChannel target = open();
    int first = 0;
    while (first < views.length) {
      target.write(views, first, views.length - first);
      while (first < views.length && !views[first].hasRemaining()) {
        first++;
      }
    }
  }

  private void pack(ByteBuffer view) throws IOException {
    ByteBuffer frame = plain;
    if (frame == null) {
      frame = ByteBuffer.allocateDirect(FRAME_BYTES);
      plain = frame;
    }
    while (view.hasRemaining()) {
      int size = Math.min(view.remaining(), frame.remaining());
      frame.put(view.slice(view.position(), size));
      view.position(view.position() + size);
      if (!frame.hasRemaining()) {
        writeFrame(frame);
      }
    }
  }

  private void writeFrame(ByteBuffer frame) throws IOException {
    if (zstd == null) {
      zstd = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
    }
    if (packed == null) {
      packed = ByteBuffer.allocateDirect(FRAME_BYTES + FRAME_BYTES / 8);
    }
    packed.clear();
    frame.flip();
    zstd.compress(packed, frame);
    packed.flip();
    FileChannel target = open();
    while (packed.hasRemaining()) {
      target.write(packed);
    }
    frame.clear();
  }

  private FileChannel open() throws IOException {
    if (channel == null) {
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING);
    }
    return channel;
  }

  private void complete() {
    try {
      if (failure == null) {
        if (plain != null && plain.position() > 0) {
          writeFrame(plain);
        }
        open().force(false);
      }
    } catch (IOException e) {
      failure = e;
    }
    release();
  }

  private void release() {
    if (zstd != null) {
      zstd.close();
      zstd = null;
    }
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      failure = e;
    }
  }
}
