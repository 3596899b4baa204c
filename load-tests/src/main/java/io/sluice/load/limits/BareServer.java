package io.sluice.load.limits;

import io.sluice.load.content.SeededContent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Plain Vert.x handlers that do the least that an upload, a download or a small answer costs on
 * this machine. The first segment of a path chooses one; it stands where a bucket's name stands, so
 * that the same signing client drives them.
 *
 * <pre>
 * PUT  /bare-md5/KEY  /bare-zstd/KEY      hash, (compress,) write, fsync
 * GET  /bare-pipe/KEY /bare-sendfile/KEY  one file, by AsyncFile pipe or sendFile
 * GET  /bare-hello/KEY                    4 KiB from memory
 * GET  /bare-run/md5 /disk /sync /ratis   rates measured in this process; ?seconds=&amp;clients=&amp;size=
 * POST /bare-run/clean                    removes uploaded files
 * </pre>
 */
final class BareServer extends VerticleBase {

  static final int HELLO_BYTES = 4096;

  private static final int RECEIVE_BUFFER_BYTES = 1024 * 1024;
  private static final int BODY_CHUNK_BYTES = 64 * 1024;
  private static final int FILE_READ_BYTES = 256 * 1024;
  private static final int WRITE_QUEUE_BYTES = 1024 * 1024;
  private static final AtomicLong UPLOADS = new AtomicLong();

  private final Path directory;
  private final int port;
  private final Executor diskWorkers;
  private final Buffer hello = Buffer.buffer(SeededContent.bytes(3, HELLO_BYTES));

  BareServer(Path directory, int port, Executor diskWorkers) {
    this.directory = directory;
    this.port = port;
    this.diskWorkers = diskWorkers;
  }

  /** The file that downloads serve. */
  static Path downloadFile(Path directory) {
    return directory.resolve("download");
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setReceiveBufferSize(RECEIVE_BUFFER_BYTES)
            .setMaxChunkSize(BODY_CHUNK_BYTES)
            .setTcpNoDelay(true);
    return vertx.createHttpServer(options).requestHandler(this::handle).listen(port, "127.0.0.1");
  }

  private void handle(HttpServerRequest request) {
    String path = request.path();
    if (request.method().equals(HttpMethod.PUT)) {
      boolean compress = path.startsWith("/bare-zstd/");
      Path file = directory.resolve("upload-" + UPLOADS.incrementAndGet());
      new BareUpload(request, context, diskWorkers, file, compress).start();
    } else if (path.startsWith("/bare-hello/")) {
      request.response().end(hello);
    } else if (path.startsWith("/bare-pipe/")) {
      pipe(request.response());
    } else if (path.startsWith("/bare-sendfile/")) {
      request
          .response()
          .sendFile(downloadFile(directory).toString())
          .onFailure(e -> request.connection().close());
    } else if (path.startsWith("/bare-run/")) {
      run(request, path.substring("/bare-run/".length()));
    } else {
      request.response().setStatusCode(404).end();
    }
  }

  private void pipe(HttpServerResponse response) {
    String path = downloadFile(directory).toString();
    vertx
        .fileSystem()
        .open(path, new OpenOptions().setRead(true).setWrite(false).setCreate(false))
        .compose(
            file -> {
              file.setReadBufferSize(FILE_READ_BYTES);
              response.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
              response.putHeader("Content-Length", Long.toString(file.sizeBlocking()));
              return file.pipeTo(response).eventually(file::close);
            })
        .onFailure(e -> response.reset());
  }

  private void run(HttpServerRequest request, String what) {
    double seconds = Double.parseDouble(request.getParam("seconds", "2"));
    int clients = Integer.parseInt(request.getParam("clients", "32"));
    int size = Integer.parseInt(request.getParam("size", "4096"));
    Callable<Double> measurement =
        switch (what) {
          case "md5" -> () -> CoreRates.md5(seconds);
          case "disk" -> () -> CoreRates.writeAndSync(directory, seconds);
          case "sync" -> () -> CoreRates.smallSyncs(directory, seconds);
          case "ratis" -> () -> ratis(clients, size, seconds);
          case "clean" -> this::clean;
          default -> () -> Double.NaN;
        };
    vertx
        .executeBlocking(measurement, false)
        .onSuccess(rate -> request.response().end(new JsonObject().put("rate", rate).toBuffer()))
        .onFailure(e -> request.response().setStatusCode(500).end(String.valueOf(e)));
  }

  private double ratis(int clients, int size, double seconds) throws IOException {
    RatisCommits commits = new RatisCommits(directory.resolve("raft-" + UPLOADS.incrementAndGet()));
    try {
      // The first stretch compiles the code paths.
      commits.measure(clients, size, Math.min(seconds, 2));
      return commits.measure(clients, size, seconds);
    } finally {
      commits.close();
    }
  }

  private double clean() throws IOException {
    int removed = 0;
    try (DirectoryStream<Path> uploads = Files.newDirectoryStream(directory, "upload-*")) {
      for (Path upload : uploads) {
        Files.delete(upload);
        removed++;
      }
    }
    return removed;
  }
}
