package io.sluice.app.server;

import io.sluice.app.config.ServerOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.s3.S3Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: its planes, started one on top of the other and stopped in reverse. Starting and stopping
 * block, and happen once each, on the thread of the command line or the JVM's shutdown.
 */
public final class RunningServer {
  private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

  /** How long requests in flight may go on after the server was told to stop. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(30);

  private static final Duration START_LIMIT = Duration.ofMinutes(10);

  private final Deque<Step> started = new ArrayDeque<>();
  private final ServerOptions options;
  private final Map<String, String> environment;
  private @Nullable Vertx vertx;
  private int port;
  private Set<S3Operation> implemented = Set.of();

  /** Something that runs, and how it ends. */
  private record Step(String name, Stop stop) {
    interface Stop {
      void run() throws IOException;
    }
  }

  private RunningServer(ServerOptions options, Map<String, String> environment) {
    this.options = options;
    this.environment = environment;
  }

  /**
   * Starts a node, and returns when it can serve.
   *
   * @throws StartupException with one line for the operator; what was started is stopped again
   */
  public static RunningServer start(ServerOptions options, Map<String, String> environment) {
    RunningServer server = new RunningServer(options, environment);
    try {
      server.open();
      return server;
    } catch (IOException e) {
      server.stop();
      throw new StartupException(reason(e), e);
    } catch (RuntimeException e) {
      server.stop();
      throw e;
    }
  }

  /** Begins what a start will need and can be done before anything is known of it. */
  public static void prepare() {
    Thread thread = new Thread(MetadataServer::preload, "sluice-preload");
    thread.setDaemon(true);
    thread.start();
  }

  /** The message of some of the JDK's exceptions is the file and no more. */
  private static String reason(IOException e) {
    Throwable failure = e.getCause() instanceof FileSystemException ? e.getCause() : e;
    if (failure instanceof AccessDeniedException denied) {
      return "no permission to read and write "
          + denied.getFile()
          + "; it must belong to the user that runs Sluice";
    }
    if (failure instanceof FileSystemException file && file.getReason() == null) {
      return failure.getClass().getSimpleName() + ": " + file.getFile();
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private void open() throws IOException {
    options.tlsCert().ifPresent(file -> requireReadable("--tls-cert", file));
    options.tlsKey().ifPresent(file -> requireReadable("--tls-key", file));
    Clock clock = Clock.systemUTC();
    Meters meters = push("meters", new Meters(), Meters::close);
    Vertx loops = push("event loops", EventLoops.start(meters.registry()), this::close);
    vertx = loops;
    StoragePlane storage =
        push("storage", new StoragePlane(options, clock, meters.registry()), StoragePlane::close);
    storage.open(loops);
    RootCredentials credentials =
        RootCredentials.resolve(environment, options.data().get(0), new SecureRandom());
    AccessPlane access =
        push(
            "access",
            new AccessPlane(options, credentials, clock, meters, storage),
            plane -> plane.close(DRAIN_LIMIT));
    port = access.open(loops);
    implemented = access.implemented();
    if (credentials.unseen()) {
      announce(credentials);
    }
  }

  /** Before anything is made on disk. */
  private static void requireReadable(String option, Path file) {
    if (!Files.isReadable(file)) {
      throw new StartupException(
          option + " " + file + (Files.exists(file) ? " can't be read" : " does not exist"), null);
    }
  }

  /**
   * The only time that a secret is shown, and not in the log. When all has been started: a start
   * that fails would have shown it to somebody who can't use it yet.
   */
  private void announce(RootCredentials credentials) throws IOException {
    System.out.println(
        "Root credentials, shown once and kept in "
            + options.data().get(0).resolve(RootCredentials.FILE)
            + ":\n  access key  "
            + credentials.accessKey()
            + "\n  secret key  "
            + credentials.secretKey());
    System.out.flush();
    credentials.markShown(options.data().get(0));
  }

  private interface Closing<T> {
    void close(T thing) throws IOException;
  }

  private <T> T push(String name, T thing, Closing<T> closing) {
    started.push(new Step(name, () -> closing.close(thing)));
    return thing;
  }

  private void close(Vertx vertx) throws IOException {
    await(vertx.close(), DRAIN_LIMIT);
  }

  /** Waits for a future: at start and stop only. */
  static <T> T await(Future<T> future, Duration limit) throws IOException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new IOException(cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new IOException("gave up after " + limit.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  static <T> T await(Future<T> future) throws IOException {
    return await(future, START_LIMIT);
  }

  /** The event loops it serves on; null before there are any. */
  @Nullable Vertx vertx() {
    return vertx;
  }

  /** Where it listens. */
  public URI endpoint() {
    String scheme = options.tlsCert().isPresent() ? "https" : "http";
    String host = options.address().host();
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return URI.create(scheme + "://" + name + ":" + port);
  }

  /** The operations of S3 that it answers with something else than NotImplemented. */
  public Set<S3Operation> implemented() {
    return implemented;
  }

  /** The one line that says that it can serve. */
  public String readyLine() {
    return "Sluice is ready: "
        + endpoint()
        + " ("
        + options.data().size()
        + (options.data().size() == 1 ? " disk, " : " disks, ")
        + options.replicas()
        + (options.replicas() == 1 ? " copy, " : " copies, ")
        + "fsync "
        + options.fsync()
        + ")";
  }

  /**
   * Takes no new requests, lets those in flight finish (bounded), and stops everything.
   *
   * @return whether all of it ended in order
   */
  public boolean stop() {
    boolean clean = true;
    while (!started.isEmpty()) {
      Step step = started.pop();
      try {
        step.stop().run();
      } catch (IOException | RuntimeException e) {
        clean = false;
        LOG.error("stopping {} failed", step.name(), e);
      }
    }
    return clean;
  }
}
