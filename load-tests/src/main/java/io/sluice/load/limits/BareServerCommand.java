package io.sluice.load.limits;

import io.sluice.load.content.SeededContent;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The child process of {@code limits} and {@code compare}. */
@Command(name = "bare-server", hidden = true, description = "Serves the bare handlers.")
public final class BareServerCommand implements Callable<Integer> {

  /** What the child prints when it can serve. */
  public static final String READY = "bare handlers are ready";

  private static final long DOWNLOAD_BYTES = 64L * 1024 * 1024;
  private static final int DISK_WORKERS = 8;

  @Option(names = "--directory", required = true, description = "Where files are written.")
  private Path directory = Path.of(".");

  @Option(names = "--port", required = true, description = "Port on 127.0.0.1.")
  private int port;

  @Option(names = "--event-loops", defaultValue = "1", description = "Event loops.")
  private int eventLoops = 1;

  @Override
  public Integer call() throws Exception {
    Files.createDirectories(directory);
    writeDownload();
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions().setEventLoopPoolSize(eventLoops).setPreferNativeTransport(true));
    ExecutorService diskWorkers = Executors.newFixedThreadPool(DISK_WORKERS);
    DeploymentOptions options = new DeploymentOptions().setInstances(eventLoops);
    vertx
        .deployVerticle(() -> new BareServer(directory, port, diskWorkers), options)
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    System.out.println(READY);
    // Serves until it is killed.
    new CompletableFuture<Void>().join();
    return 0;
  }

  private void writeDownload() throws IOException {
    try (InputStream content = SeededContent.stream(5, 0, DOWNLOAD_BYTES)) {
      Path file = BareServer.downloadFile(directory);
      Files.deleteIfExists(file);
      Files.copy(content, file);
    }
  }
}
