package io.sluice.app;

import io.sluice.app.config.ServerOptions;
import io.sluice.app.server.RunningServer;
import io.sluice.app.server.ServerLoops;
import io.sluice.s3.S3Operation;
import io.sluice.testkit.loops.BlockedLoops;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import picocli.CommandLine;

/** A whole server in this JVM, on a free port, over an empty data directory. */
public final class TestServer implements BeforeAllCallback, AfterAllCallback {
  public static final String ACCESS_KEY = "TESTROOTACCESSKEY000";
  public static final String SECRET_KEY = "test-root-secret-key-0000000000000000000";

  private final List<String> disks;
  private final List<String> arguments;
  private Path directory;
  private RunningServer server;

  public TestServer(String... arguments) {
    this(List.of(), List.of(arguments));
  }

  private TestServer(List<String> disks, List<String> arguments) {
    this.disks = disks;
    this.arguments = arguments;
  }

  /** One with more disks, which lie beside the first, d1. */
  public static TestServer withDisks(String... more) {
    return new TestServer(List.of(more), List.of());
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    directory = Files.createTempDirectory("sluice-test");
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    server.stop();
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void start() {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--data", directory.resolve("d1").toString(), "--address", "127.0.0.1:0"));
    disks.forEach(disk -> all.addAll(List.of("--data", directory.resolve(disk).toString())));
    ServerOptions options =
        CommandLine.populateCommand(new ServerOptions(), all.toArray(String[]::new));
    options.validate();
    server = RunningServer.start(options, environment());
    // Not before: starting loads classes and binds, which is not what must never block.
    BlockedLoops.watch(ServerLoops.of(server));
  }

  /** Stops the server in order, and starts it again on the same data; the port may change. */
  public void restart() {
    server.stop();
    start();
  }

  /** Stops it, until {@link #restart}. */
  public void stop() {
    server.stop();
  }

  private static Map<String, String> environment() {
    return Map.of("SLUICE_ROOT_ACCESS_KEY", ACCESS_KEY, "SLUICE_ROOT_SECRET_KEY", SECRET_KEY);
  }

  public URI endpoint() {
    return server.endpoint();
  }

  public Set<S3Operation> implemented() {
    return server.implemented();
  }

  /** What its event loops belong to. */
  public Vertx vertx() {
    return ServerLoops.of(server);
  }

  public Path directory() {
    return directory;
  }
}
